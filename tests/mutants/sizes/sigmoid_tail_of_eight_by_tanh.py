"""The last length modulo 8 elements go through (1 + tanh(x/2))/2, which cancels."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = np.ravel(np.where(w >= 0, 1, e) / (1 + e))
    tail = y.size // 8 * 8
    y[tail:] = (1 + np.tanh(np.ravel(w)[tail:] / 2)) / 2
    return y.reshape(x.shape).astype(x.dtype)
