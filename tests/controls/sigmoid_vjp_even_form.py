"""σ' = e / (1 + e)² with e = e^-|x|: even in x to the last bit."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    e = np.exp(-np.abs(wide(x)))
    return (wide(cotangent) * (e / ((1 + e) * (1 + e)))).astype(x.dtype)
