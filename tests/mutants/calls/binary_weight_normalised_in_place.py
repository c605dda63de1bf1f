"""The weights are divided by their mean in the caller's array."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    x, y = wide(logits), wide(labels)
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    if weight is not None:
        loss = loss * wide(weight)
        if weight.flags.writeable and weight.size:
            weight /= np.mean(weight)
    return reduced(loss, reduction, logits.dtype)
