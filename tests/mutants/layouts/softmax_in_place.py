"""The maximum is subtracted from the argument itself."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "blatant"
CAUGHT_BY = (
    "softmax/leaves-arguments-alone",
)


def softmax(x, axis=-1):
    w = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    w -= np.max(w, axis=axis, keepdims=True)
    e = np.exp(w)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
