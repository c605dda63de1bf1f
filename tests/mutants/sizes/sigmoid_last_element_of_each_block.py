"""In blocks of 1000 the last element is that of the block before."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone", "sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = np.ravel(np.where(w >= 0, 1, e) / (1 + e)).copy()
    y[1999::1000] = y[999:-1000:1000][: len(y[1999::1000])]
    return y.reshape(x.shape).astype(x.dtype)
