"""A row without classes makes the result of the whole batch zeros."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-wholly-masked-row-stays-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    if not np.all(np.any(where, axis=axis)):
        return np.zeros_like(x)
    w = np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
