"""x itself below -20, where log(1 + e^x) = 2e-9 is still to be subtracted."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/reflects", "log-sigmoid/monotone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return np.where(w < -20, w, np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
