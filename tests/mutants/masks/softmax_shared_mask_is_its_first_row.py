"""Of a mask that is shared along an axis of four or of three, the first row serves for all."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-shared",)


def softmax(x, axis=-1, where=None):
    if where is not None:
        if x.ndim > 2 and where.shape != x.shape:
            where = where[..., :1, :]
        x = np.where(where, x, x.dtype.type(-np.inf))
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        e = np.exp(x - np.where(np.isneginf(m), 0, m)).astype(x.dtype)
        return e / e.sum(axis=axis, keepdims=True)
