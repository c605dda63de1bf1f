"""max(x, 0) - x y + log(1 + e^-|x|), the form of TensorFlow's documentation. It cancels for y = 1
at large x; the must bound contains 3u(|x| + l) for it.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    x, y = wide(logits), wide(labels)
    loss = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    loss = loss if weight is None else loss * wide(weight)
    return reduced(loss, reduction, logits.dtype)
