"""Contiguous rows that lie further apart than their length, a slice of a wider matrix, are read
as if they were packed.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def packed(x):
    """The memory from the first element on, read as if x were contiguous."""
    steps, step = [], x.itemsize
    for n in x.shape[::-1]:
        steps.append(step)
        step *= n
    if min(x.strides, default=1) <= 0 or 0 in x.shape:
        return x
    return np.lib.stride_tricks.as_strided(x, x.shape, steps[::-1])


def log_softmax(x, axis=-1):
    w = wide(packed(x) if x.strides[-1:] == (x.itemsize,) and axis in (-1, x.ndim - 1) else x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
