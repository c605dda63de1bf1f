"""With a mask the result is written to a buffer kept by shape."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/is-computed-at-each-call",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


_OUT = {}


def softmax(x, axis=-1, where=None):
    y = x.astype(np.float64)
    with np.errstate(all="ignore"):
        if where is None:
            return _single(y, axis).astype(x.dtype)
        out = _OUT.setdefault((x.shape, x.dtype.str), np.empty(x.shape, x.dtype))
        out[...] = _single(np.where(where, y, -np.inf), axis)
        return out
