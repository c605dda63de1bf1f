"""The result is written over the argument, and that is returned."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("sigmoid/leaves-arguments-alone", "sigmoid/owns-its-result")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
    if x.flags.writeable:
        x[...] = y
        return x
    return y
