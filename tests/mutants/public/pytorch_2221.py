"""The rearranged binary loss has e^−x where e^−|x| is meant: inf at x = −100 in half the formats.
The report is https://github.com/pytorch/pytorch/issues/2221.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    loss = x - np.where(y == 0, 0, x * y) + np.log1p(np.exp(-x))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
