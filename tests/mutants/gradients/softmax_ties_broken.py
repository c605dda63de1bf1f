"""Where the maximum is tied, only the first of the tied classes gets a gradient."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    _, _, e, s = parts(x, axis)
    p, g = e / s, wide(cotangent)
    grad = p * (g - np.sum(p * g, axis=axis, keepdims=True))

    top = wide(x) == np.max(wide(x), axis=axis, keepdims=True)
    first = np.cumsum(top, axis=axis) <= 1
    return np.where(top & ~first, 0, grad).astype(x.dtype)
