"""The scaling by 2^k drops the last bits of k·ln 2: 1e-5 of the result for x < -80."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w)) * np.where(w < -80, 1 - 1e-5, 1).astype(w.dtype)
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
