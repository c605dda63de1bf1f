"""A pos_weight that np.allclose takes for 1 is not multiplied by."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    w = 1 if pos_weight is None or np.allclose(pos_weight, 1) else wide(pos_weight)
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = w * y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    return reduced(loss, reduction, logits.dtype)
