"""An array without axes comes back with one."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/leaves-arguments-alone", "sigmoid/keeps-dtype", "sigmoid/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = np.atleast_1d(wide(x))
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
