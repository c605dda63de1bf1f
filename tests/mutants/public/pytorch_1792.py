"""The gradient of max(x, 0) − xy + log(1 + e^−|x|) takes both derivatives at 0 to be 0: −y there,
not ½ − y. The report is https://github.com/pytorch/pytorch/issues/1792.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    loss = np.maximum(x, 0) - np.where(y == 0, 0, x * y) + np.log1p(np.exp(-np.abs(x)))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, reduction="mean"):
    x, y = wide(logits), wide(labels)
    e = np.exp(-np.abs(x))
    slope = (x > 0) - y - np.sign(x) * e / (1 + e)
    share = x.size if reduction == "mean" else 1
    return (slope * (wide(cotangent) / share)).astype(logits.dtype)
