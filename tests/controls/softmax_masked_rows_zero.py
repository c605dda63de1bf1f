"""A row that is masked as a whole gives zeros, as attention kernels do; other rows are as usual."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    e = np.exp(w - np.where(m == -np.inf, 0, m))
    s = np.sum(e, axis=axis, keepdims=True)
    return np.where(s == 0, 0, e / s).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p, g = softmax(wide(x), axis), wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
