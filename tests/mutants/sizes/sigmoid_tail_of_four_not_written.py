"""Lengths that are no multiple of 4: the last elements stay 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/reflects", "sigmoid/monotone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
    flat = y.reshape(-1)
    flat[flat.size // 4 * 4 :] = 0
    return flat.reshape(x.shape)
