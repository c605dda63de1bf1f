"""log(1 - p) with 1 - p rounded: the must bound contains u (1 - y) for this."""

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


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, -(1 - y) * np.log(1 - p))
    return reduced(loss, reduction, probs.dtype)
