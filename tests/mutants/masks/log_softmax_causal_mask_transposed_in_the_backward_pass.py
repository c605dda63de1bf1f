"""The backward pass reads a mask that is a matrix beside four axes down its columns."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/gradient-of-a-shared-mask",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def masked(x, axis, where):
    w = wide(x) if where is None else np.where(where, wide(x), -np.inf)
    d = w - np.max(w, axis=axis, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))


def log_softmax(x, axis=-1, where=None):
    return masked(x, axis, where).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1, where=None):
    if where is not None and x.ndim == 4 and where.ndim == 2 and where.shape[0] == where.shape[1]:
        where = where.T
    g = wide(cotangent) if where is None else np.where(where, wide(cotangent), 0)
    p = np.exp(masked(x, axis, where))
    return (g - p * np.sum(g, axis=axis, keepdims=True)).astype(x.dtype)
