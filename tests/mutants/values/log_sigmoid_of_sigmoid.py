"""The logarithm of the sigmoid: -inf from x = -104 on in float32."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/reflects", "log-sigmoid/finite-stays-finite")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return np.log(np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
