"""The sum of a mean is rounded to float16 before it is divided."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy/reduces-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, -(1 - y) * np.log1p(-p))
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        total = wide(np.sum(loss).astype(probs.dtype))
        loss = total / loss.size
    return np.asarray(loss).astype(probs.dtype)
