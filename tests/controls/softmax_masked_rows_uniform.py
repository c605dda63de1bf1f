"""A row that is masked as a whole gives the uniform distribution; other rows are as usual."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    w = np.where(np.all(w == -np.inf, axis=axis, keepdims=True), 0, w)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def softmax(x, axis=-1):
    return np.exp(log_softmax(wide(x), axis)).astype(x.dtype)
