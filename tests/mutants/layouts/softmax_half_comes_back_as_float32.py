"""Float16 and bfloat16 come back as float32, in which they were computed."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16", "bfloat16")
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/keeps-dtype",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
