"""min(x, 0) as x·(x < 0): inf·0 is NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/limits",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return (w * (w < 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
