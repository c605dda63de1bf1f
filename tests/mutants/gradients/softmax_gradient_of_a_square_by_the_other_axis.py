"""The mean of the cotangent keeps no axis, and is broadcast along the other one of a square."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-accuracy",)
DTYPES = ("float64", "float32")


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_vjp(x, cotangent, axis=-1):
    p = softmax(x, axis)
    mean = (p * cotangent).sum(axis=axis)
    if x.ndim == 2 and x.shape[0] == x.shape[1]:
        return p * (cotangent - mean)
    return p * (cotangent - np.expand_dims(mean, axis))
