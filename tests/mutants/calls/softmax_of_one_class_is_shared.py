"""Rows of one class are ones, made once for each shape and given to every caller."""

from functools import cache

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/has-no-state",)
DTYPES = ("float64", "float32")


@cache
def _ones(shape, dtype):
    return np.ones(shape, dtype)


def softmax(x, axis=-1):
    if x.shape[axis] == 1 and np.isfinite(x).all():
        return _ones(x.shape, x.dtype)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
