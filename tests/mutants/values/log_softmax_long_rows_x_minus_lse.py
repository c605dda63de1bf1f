"""Rows of 16 classes and more take the vectorised path, which still adds log S to the maximum
before subtracting.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    d = w - m
    if w.shape[axis] >= 16:
        total = np.sum(np.exp(d), axis=axis, keepdims=True)
        return (w - (np.log(total) + m)).astype(x.dtype)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
