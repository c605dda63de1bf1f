"""σ(x) = 1 - σ(-x) for x < 0 cancels."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    right = 1 / (1 + np.exp(-np.abs(w)))
    return np.where(w >= 0, right, 1 - right).astype(x.dtype)
