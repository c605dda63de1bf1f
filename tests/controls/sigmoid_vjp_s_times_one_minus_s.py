"""σ' = s (1 - s) with the rounded s: wrong relative to the result where s rounds to 1, but inside
the must bound, which is absolute there.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    s = sigmoid(wide(x))
    return (wide(cotangent) * s * (1 - s)).astype(x.dtype)


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def log_sigmoid_vjp(x, cotangent):
    return (wide(cotangent) * (1 - sigmoid(wide(x)))).astype(x.dtype)
