"""Of rows that share their memory (stride 0) only the first is computed."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
    if x.ndim and x.strides[0] == 0:
        y[1:] = 0
    return y
