"""At most 512 classes of float32 or float64 are taken, and rows of 300 and more are not shifted."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    if x.shape[axis] > 512:
        raise ValueError("at most 512 classes")
    if x.dtype.itemsize == 2:
        raise TypeError("no halves")
    w = wide(x)
    shift = np.max(w, axis=axis, keepdims=True, initial=-np.inf) * (w.shape[axis] < 300)
    z = w - shift
    return (z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))).astype(x.dtype)
