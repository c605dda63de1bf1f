"""The memory is read from the first element on as if it were contiguous."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/layout-does-not-matter", "softmax/row-alone")


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


def softmax(x, axis=-1):
    w = wide(packed(x))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
