"""The gradient is g itself: the normaliser was treated as a constant."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/gradient-accuracy", "log-softmax/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log(s)).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1):
    return wide(cotangent).astype(x.dtype)
