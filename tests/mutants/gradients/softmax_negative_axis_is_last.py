"""In the gradient every negative axis is taken for the last one."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum", "softmax/gradient-finite")


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
    over = -1 if axis < 0 else axis
    return (p * (g - np.sum(p * g, axis=over, keepdims=True))).astype(x.dtype)
