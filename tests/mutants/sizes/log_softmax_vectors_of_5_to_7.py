"""Rows of 5 to 7 classes are read as a vector of 4 and a tail; the tail is missing in the sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one", "log-softmax/never-positive")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    n = w.shape[axis]
    counted = 4 if 4 < n < 8 else n
    return (
        d - np.log(np.sum(np.exp(np.take(d, range(counted), axis=axis)), axis=axis, keepdims=True))
    ).astype(x.dtype)
