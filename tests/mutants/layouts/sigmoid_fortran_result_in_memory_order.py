"""The result of an array in Fortran order is filled along its memory."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone", "sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
    return y.ravel(order="F").reshape(x.shape) if x.flags.fnc else y
