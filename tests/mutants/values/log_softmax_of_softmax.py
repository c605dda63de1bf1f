"""The logarithm of the rounded probability: -inf where it underflows."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/finite-stays-finite")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return np.log(e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
