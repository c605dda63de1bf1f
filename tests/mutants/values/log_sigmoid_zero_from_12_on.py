"""0 from x = 12 on, where the value is -6e-6."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/reflects", "log-sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    return np.where(w >= 12, 0, np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
