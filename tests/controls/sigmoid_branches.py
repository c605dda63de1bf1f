"""Two branches with boolean indexing: 1 / (1 + e^-x) where x >= 0, e^x / (1 + e^x) elsewhere (NaN
goes there too).
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = np.atleast_1d(wide(x))
    y = np.empty_like(w)
    up = w >= 0
    y[up] = 1 / (1 + np.exp(-w[up]))
    e = np.exp(w[~up])
    y[~up] = e / (1 + e)
    return y.reshape(x.shape).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return (wide(cotangent) * (e / (1 + e) / (1 + e))).astype(x.dtype)
