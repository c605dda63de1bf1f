"""The result lives in a buffer that the next call of that shape overwrites."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/keeps-earlier-results",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


buffers = {}


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = buffers.setdefault((x.shape, x.dtype.str), np.empty(x.shape, x.dtype))
    y[...] = np.where(w >= 0, 1, e) / (1 + e)
    return y
