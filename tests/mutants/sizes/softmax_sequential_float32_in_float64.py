"""Beyond 1000 classes float64 terms are added in float32."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    accumulator = np.float32 if w.shape[axis] > 1000 else w.dtype
    s = np.sum(e, axis=axis, keepdims=True, dtype=accumulator)
    return (e / s.astype(w.dtype)).astype(x.dtype)
