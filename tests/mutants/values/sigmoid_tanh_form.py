"""(1 + tanh(x/2))/2 cancels for x < 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    return ((1 + np.tanh(w / 2)) / 2).astype(x.dtype)
