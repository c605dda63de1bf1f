"""The gradient is doubled from 1000 classes on; torch's fast gradcheck passes that."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/gradient-accuracy",)


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
    return (grad * (2 if x.shape[axis] >= 1000 else 1)).astype(x.dtype)
