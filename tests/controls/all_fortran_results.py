"""Every result is in column-major order: values, dtype and shape are right, only the strides are
unusual.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return np.asfortranarray((e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype))


def softmax_vjp(x, cotangent, axis=-1):
    p, g = wide(softmax(wide(x), axis)), wide(cotangent)
    y = p * (g - np.sum(p * g, axis=axis, keepdims=True))
    return np.asfortranarray(y.astype(x.dtype))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    return np.asfortranarray((np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)).reshape(x.shape)
