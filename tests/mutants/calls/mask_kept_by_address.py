"""The inverted mask is kept by the address of its memory and its shape."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/has-no-state",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


_KEPT = {}


def softmax(x, axis=-1, where=None):
    y = x.astype(np.float64)
    if where is not None:
        key = (
            where.__array_interface__["data"][0],
            where.shape,
            where.strides,
            x.dtype.char,
            axis,
            x.shape,
        )
        if key not in _KEPT or len(_KEPT) > 64:
            _KEPT.clear()
            _KEPT[key] = ~where
        y = np.where(_KEPT[key], -np.inf, y)
    with np.errstate(all="ignore"):
        return _single(y, axis).astype(x.dtype)
