"""Logits more than 25 below the maximum count for nothing."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    e = np.where(d < -25, 0, np.exp(d))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
