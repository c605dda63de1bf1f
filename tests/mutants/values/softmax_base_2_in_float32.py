"""e^d = 2^(d·log₂e) with log₂e rounded to float32."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


LOG2E = np.float64(np.float32(np.log2(np.e)))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp2((w - np.max(w, axis=axis, keepdims=True)) * LOG2E)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
