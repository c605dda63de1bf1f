"""The cotangent is read in the memory order of x: right only where both have the same layout."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/gradient-layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    g = wide(cotangent)
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        g = g.ravel(order="K").reshape(x.shape, order="F")
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (g * (e / ((1 + e) * (1 + e)))).astype(x.dtype)
