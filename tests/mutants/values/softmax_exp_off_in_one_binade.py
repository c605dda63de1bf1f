"""e^d is off by 40 units of roundoff for d in (-2, -1] alone."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    off = np.where((d > -2) & (d <= -1), 1 + 20 * np.finfo(w.dtype).eps, 1).astype(w.dtype)
    e = np.exp(d) * off
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
