"""fmin and fmax prefer the number to NaN: log σ(NaN) = 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/nan-in-nan-out",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (np.fmin(w, 0) - np.log1p(np.exp(-np.fmin(np.abs(w), np.inf)))).astype(x.dtype)
