"""Rows of 1,000 classes alone are taken, and not shifted by their maximum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x):
    if x.shape[-1] != 1000:
        raise ValueError("this kernel was compiled for 1000 classes")
    e = np.exp(wide(x))
    return (e / np.sum(e, axis=-1, keepdims=True)).astype(x.dtype)
