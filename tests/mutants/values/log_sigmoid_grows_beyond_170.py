"""From 170 on the value falls again, to -inf in the end."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/reflects", "log-sigmoid/monotone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    y = np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))
    return np.where(w > 170, 170 - w, y).astype(x.dtype)
