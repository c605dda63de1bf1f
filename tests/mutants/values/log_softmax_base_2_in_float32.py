"""log S = log2(S)·ln 2 with ln 2 rounded to float32."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


LN2 = np.float64(np.float32(np.log(2)))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - LN2 * np.log2(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
