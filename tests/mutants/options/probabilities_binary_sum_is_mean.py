"""reduction='sum' of the binary loss returns the mean."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "binary-cross-entropy/reduces-its-own-losses",
    "binary-cross-entropy/sums-over-parts",
    "binary-cross-entropy/accuracy",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum" or reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, (y - 1) * np.log1p(-p))
    return reduced(loss, reduction, probs.dtype)
