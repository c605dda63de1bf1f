"""In batches of whole blocks of 96 the last row is the one before it: a double buffer."""

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
    if x.ndim == 2 and axis in (-1, 1) and x.shape[0] > 96 and x.shape[0] % 96 == 0:
        p[-1] = p[-2]
    return p
