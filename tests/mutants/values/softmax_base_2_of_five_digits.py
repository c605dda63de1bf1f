"""e^d = 2^(1.4427 d): the error of the constant grows with d."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp2(w.dtype.type(1.4427) * (w - np.max(w, axis=axis, keepdims=True)))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
