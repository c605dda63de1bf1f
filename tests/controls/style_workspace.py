"""One workspace for each shape is used again and again; results are copies of it."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


workspace = {}


def sigmoid(x):
    w = wide(x)
    e = workspace.setdefault((w.shape, w.dtype), np.empty(w.shape, w.dtype))
    np.exp(-np.abs(w), out=e)
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
