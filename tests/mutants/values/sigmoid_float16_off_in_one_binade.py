"""In float16 the result is 8 units of roundoff too large for x in [1, 2)."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16")
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/reflects", "sigmoid/monotone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = np.where(w >= 0, 1, e) / (1 + e)
    half = (x.dtype.itemsize == 2) & (w >= 1) & (w < 2)
    return np.where(half, y * (1 + 2.0**-8), y).astype(x.dtype)
