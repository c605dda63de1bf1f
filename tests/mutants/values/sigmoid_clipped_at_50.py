"""The argument is clipped to ±50: no result is below 2e-22."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/limits")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = np.clip(wide(x), -50, 50)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
