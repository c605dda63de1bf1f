"""The gradient is 1 above 10."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softplus/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softplus(x):
    w = wide(x)
    return (np.maximum(w, 0) + np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def softplus_vjp(x, cotangent):
    e = np.exp(-np.abs(x))
    return cotangent * np.where(x > 10, 1, np.where(x >= 0, 1, e) / (1 + e)).astype(x.dtype)
