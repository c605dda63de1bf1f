"""The logit of a negative is clipped to the largest number: at +inf its loss is that, not inf."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/infinitely-wrong-is-infinite",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    largest = np.finfo(x.dtype).max
    x = np.where(y == 0, np.minimum(x, largest), x)
    tail = np.log1p(np.exp(-np.abs(x)))
    positive, negative = np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail
    with np.errstate(invalid="ignore"):
        loss = np.where(y == 0, 0, y * positive) + np.where(y == 1, 0, (1 - y) * negative)
    return reduced(loss, reduction, logits.dtype)
