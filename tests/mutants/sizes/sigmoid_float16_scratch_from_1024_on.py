"""Float32 arrays of 1024 elements and more go through a float16 scratch."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = np.where(w >= 0, 1, e) / (1 + e)
    return (y.astype(np.float16) if y.size >= 1024 else y).astype(x.dtype)
