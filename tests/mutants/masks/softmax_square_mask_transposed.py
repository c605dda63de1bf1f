"""The mask of a square matrix is transposed."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/no-mass-where-masked",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    if where is not None:
        if w.ndim == 2 and w.shape[0] == w.shape[1]:
            where = where.T
        w = np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
