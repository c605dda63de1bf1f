"""A row without classes is made zeros in the value alone: its gradient is NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-beside-a-wholly-masked-row",)
DTYPES = ("float32",)


def _shares(x, axis, where):
    with np.errstate(all="ignore"):
        y = x if where is None else np.where(where, x, x.dtype.type(-np.inf))
        e = np.exp(y - y.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None):
    p = _shares(x, axis, where)
    if where is None:
        return p
    return np.where(np.any(where, axis=axis, keepdims=True), p, x.dtype.type(0))


def softmax_vjp(x, cotangent, axis=-1, where=None):
    p = _shares(x, axis, where)
    with np.errstate(all="ignore"):
        g = cotangent if where is None else np.where(where, cotangent, cotangent.dtype.type(0))
        return p * (g - (p * g).sum(axis=axis, keepdims=True))
