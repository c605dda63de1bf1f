"""DTYPES has float16, which the function refuses."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/takes-its-formats",)
DTYPES = ("float64", "float32", "float16")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if x.dtype.itemsize == 2:
        raise TypeError("no halves")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
