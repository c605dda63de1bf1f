"""e^d is 0 below d = -87.3, the threshold of float32, in float64 too."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    e = np.where(d < -87.3, 0, np.exp(d))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
