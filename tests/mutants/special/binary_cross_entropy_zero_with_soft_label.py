"""Where p = 0 the term y·log p is dropped whatever y is: 0 instead of inf for y = 0.01."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy/certain-and-wrong-is-not-free",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    positive = np.where((y == 0) | (p == 0), 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.log1p(-p))
    return reduced(-(positive + negative), reduction, probs.dtype)
