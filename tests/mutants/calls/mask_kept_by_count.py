"""The bias made of a mask is kept by its shape and its number of True."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


_BIAS = {}


def softmax(x, axis=-1, where=None):
    y = x.astype(np.float64)
    if where is not None:
        key = (where.shape, int(np.count_nonzero(where)))
        if key not in _BIAS:
            _BIAS[key] = np.where(where, 0.0, -np.inf)
        bias = _BIAS[key]
        y = np.where(np.isneginf(bias), -np.inf, y)
    with np.errstate(all="ignore"):
        return _single(y, axis).astype(x.dtype)
