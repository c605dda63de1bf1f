"""The gradient is computed in float64 and stays there."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/gradient-keeps-dtype",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    v = wide(x)
    return (np.minimum(v, 0) - np.log1p(np.exp(-np.abs(v)))).astype(x.dtype)


def log_sigmoid_vjp(x, cotangent):
    v = x.astype(np.float64)
    e = np.exp(-np.abs(v))
    return cotangent.astype(np.float64) * np.where(v >= 0, e, 1) / (1 + e)
