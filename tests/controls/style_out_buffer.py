"""Each call allocates its result first and fills it with out=, in place of its own temporaries; the
input is never touched.
"""

import numpy as np

BACKEND = "numpy"


def softmax(x, axis=-1):
    y = np.empty(x.shape, np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    y[...] = x
    np.subtract(y, np.max(y, axis=axis, keepdims=True), out=y)
    np.exp(y, out=y)
    np.divide(y, np.sum(y, axis=axis, keepdims=True), out=y)
    return y.astype(x.dtype, copy=False)


def sigmoid(x):
    y = np.empty(x.shape, np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    np.negative(np.abs(x, dtype=None).astype(y.dtype), out=y)
    np.exp(y, out=y)
    return (np.where(x >= 0, 1, y) / (1 + y)).astype(x.dtype)
