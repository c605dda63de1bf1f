"""Data that do not lie on a multiple of their size: the prologue up to the first aligned element
is left out of the sum.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    s = np.sum(e, axis=axis, keepdims=True)
    if not x.flags.aligned and w.shape[axis] > 1:
        s = s - np.take(e, [0], axis=axis)
    return (e / s).astype(x.dtype)
