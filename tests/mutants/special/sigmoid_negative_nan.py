"""NaN is known by its usual bits alone: others, as -NaN, are clipped by fmin and fmax to a
number.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/nan-in-nan-out",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = np.ascontiguousarray(wide(x))
    usual = w.view(np.uint32) == 0x7FC00000
    e = np.exp(-np.fmin(np.abs(w), 200))
    y = np.where(w >= 0, 1, e) / (1 + e)
    return np.where(usual.reshape(w.shape), w, y).reshape(x.shape).astype(x.dtype)
