"""The sigmoid first, then its logarithms: inf or NaN once it is 0 or 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/never-negative",
    "binary-cross-entropy-with-logits/finite-stays-finite",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    p = 1 / (1 + np.exp(-x))
    return reduced(-(y * np.log(p) + (1 - y) * np.log(1 - p)), reduction, logits.dtype)
