"""sigmoid goes through float16; every other function of the file is right."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/is-exp-of-log-sigmoid")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(np.float16).astype(x.dtype)


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
