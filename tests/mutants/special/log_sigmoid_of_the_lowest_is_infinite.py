"""min(x, 0) as (x - |x|)/2 overflows in the last binade."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("log-sigmoid/finite-stays-finite", "log-sigmoid/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return ((w - np.abs(w)) / 2 - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
