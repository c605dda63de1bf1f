"""Linear interpolation in a table of 2049 values on [-16, 16]."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


GRID = np.linspace(-16, 16, 2049)
TABLE = 1 / (1 + np.exp(-GRID))


def sigmoid(x):
    w = wide(x)
    middle = np.interp(w, GRID, TABLE)
    tail = np.exp(-np.abs(w))
    return np.where(w < -16, tail, np.where(w > 16, 1 - tail, middle)).astype(x.dtype)
