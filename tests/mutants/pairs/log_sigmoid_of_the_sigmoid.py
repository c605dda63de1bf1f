"""log_sigmoid is the logarithm of the sigmoid: -inf where that underflows, 0 too early."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/finite-stays-finite")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return np.log(np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
