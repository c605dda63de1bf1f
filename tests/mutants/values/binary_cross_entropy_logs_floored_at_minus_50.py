"""Both logarithms are floored at -50."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    positive = np.where(y == 0, 0, y * np.maximum(np.log(p), -50))
    negative = np.where(y == 1, 0, (1 - y) * np.maximum(np.log1p(-p), -50))
    return reduced(-(positive + negative), reduction, probs.dtype)
