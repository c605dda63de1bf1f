"""The number of classes is kept in 16 bits: of 65,537 classes one is summed."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    n = w.shape[axis]
    counted = np.take(e, range(n % 65536 or n), axis=axis)
    return (e / np.sum(counted, axis=axis, keepdims=True)).astype(x.dtype)
