"""The maximum is taken of the bit patterns as integers, whose order is reversed for negative
numbers.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    bits = np.max(np.ascontiguousarray(w).view(np.int32), axis=axis, keepdims=True)
    e = np.exp(w - np.ascontiguousarray(bits).view(np.float32))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
