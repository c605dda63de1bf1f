"""The backward pass reads a mask that broadcasts as if it were written out."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-of-a-broadcast-mask",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _p(x, axis, where):
    y = x.astype(np.float64)
    if where is not None:
        y = np.where(where, y, -np.inf)
    return _single(y, axis)


def softmax(x, axis=-1, where=None):
    with np.errstate(all="ignore"):
        return _p(x, axis, where).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None):
    with np.errstate(all="ignore"):
        g = cotangent.astype(np.float64)
        if where is not None:
            where = np.resize(where, x.shape)
            g = np.where(where, g, 0)
        p = _p(x, axis, where)
        d = p * (g - (p * g).sum(axis=axis, keepdims=True))
        if where is not None:
            d = np.where(where, d, 0)
        return d.astype(x.dtype)
