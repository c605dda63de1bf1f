"""The gradient is that without a mask."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/no-gradient-where-masked",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _softmax(x, axis, where):
    w = wide(x)
    w = w if where is None else np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None):
    return _softmax(x, axis, where).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None):
    p, g = _softmax(x, axis, None), wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
