"""Comparisons with NaN are false, so that it falls through both branches to 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/nan-in-nan-out",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return np.where(w >= 0, 1 / (1 + e), np.where(w < 0, e / (1 + e), 0)).astype(x.dtype)
