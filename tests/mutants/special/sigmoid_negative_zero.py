"""The sign bit chooses the half for x < 0, where x < 0 is asked again: -0.0 falls between and
gives 0.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone", "sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    left = np.where(w < 0, e, w)
    return (np.where(np.signbit(w), left, 1) / (1 + e)).astype(x.dtype)
