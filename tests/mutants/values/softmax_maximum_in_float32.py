"""The maximum of float64 logits is kept in float32: from 1e11 on it is off by more than e^x can
bear.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w.astype(np.float32), axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
