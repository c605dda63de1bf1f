"""1 from x = 15 on, where σ is still 5 units of roundoff below it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return np.where(w >= 15, 1, np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
