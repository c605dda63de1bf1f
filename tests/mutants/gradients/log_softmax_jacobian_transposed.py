"""The Jacobian matrix of log_softmax is transposed: δ_ij − p_j times the cotangent."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/gradient-accuracy", "log-softmax/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1):
    p, g = np.exp(log_softmax(wide(x), axis)), wide(cotangent)
    return (g - np.sum(p * g, axis=axis, keepdims=True)).astype(x.dtype)
