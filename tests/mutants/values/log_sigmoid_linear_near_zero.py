"""For |x| < 1/1000 two terms of the series: -log 2 + x/2."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    y = np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))
    return np.where(np.abs(w) < 1e-3, w / 2 - np.log(2), y).astype(x.dtype)
