"""Rows are worked off in two passes of 65,536: what comes after them is never written."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    d = rows - np.max(rows, axis=-1, keepdims=True)
    y = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    y[131072:] = 0
    return np.moveaxis(y.reshape(w.shape), -1, axis).astype(x.dtype)
