"""A vector is taken for a mask of rows where there are as many rows as classes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-broadcast",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    if where is not None:
        if where.ndim == 1 and w.ndim == 2 and w.shape[0] == w.shape[1]:
            where = where[:, None]
        w = np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
