"""Where rows and classes are multiples of 32, the last row is the one before it."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    with np.errstate(all="ignore"):
        e = np.exp(w - w.max(axis=axis, keepdims=True))
        p = (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)
    if x.ndim == 2 and axis in (-1, 1) and x.shape[0] % 32 == 0 and x.shape[1] % 32 == 0 and x.size:
        p[-1] = p[-2]
    return p
