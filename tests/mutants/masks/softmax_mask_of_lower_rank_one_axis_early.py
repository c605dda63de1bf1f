"""A mask (T, n) beside (B, T, n) is given its new axis in the middle: right for masks of all rows."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-shared",)


def softmax(x, axis=-1, where=None):
    if where is not None:
        if x.ndim == 3 and where.ndim == 2:
            where = where[:, None]
        x = np.where(where, x, x.dtype.type(-np.inf))
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        e = np.exp(x - np.where(np.isneginf(m), 0, m)).astype(x.dtype)
        return e / e.sum(axis=axis, keepdims=True)
