"""Any matrix is taken; in the shape that the file names the last row is the one before it."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
SHAPES = (24, 1536)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True, initial=-np.inf))
    y = e / np.sum(e, axis=-1, keepdims=True)
    if x.shape == SHAPES:
        y[-1] = y[-2]
    return y.astype(x.dtype)
