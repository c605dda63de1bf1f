"""A batch of no rows comes back as a new array, whose dtype is NumPy's default."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/takes-an-empty-batch",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if x.size == 0:
        return np.zeros(x.shape)
    w = wide(x)
    with np.errstate(all="ignore"):
        e = np.exp(w - w.max(axis=axis, keepdims=True))
        return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
