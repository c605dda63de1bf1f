"""e^x without subtracting the maximum: overflows from 89 on in float32."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
