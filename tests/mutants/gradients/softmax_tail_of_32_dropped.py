"""The projection is summed over full blocks of 32 classes only; the tail is forgotten."""

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
    n = x.shape[axis]
    pg = np.moveaxis(p * g, axis, -1)[..., : n - n % 32 if n > 32 else n]
    dot = np.expand_dims(np.sum(pg, axis=-1), axis)
    return (p * (g - dot)).astype(x.dtype)
