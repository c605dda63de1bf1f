"""e^-|x| is off by 70 units of roundoff for x in (-16, -8] alone."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    off = np.where((w > -16) & (w <= -8), 1 + 35 * np.finfo(w.dtype).eps, 1).astype(w.dtype)
    e = np.exp(-np.abs(w)) * off
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
