"""The caller's probabilities are clipped to (0, 1)."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy/leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs).copy(), wide(labels)
    if probs.flags.writeable:
        np.clip(probs, np.finfo(np.float32).tiny, 1, out=probs)
    positive = np.where(y == 0, 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.log1p(-p))
    return reduced(-(positive + negative), reduction, probs.dtype)
