"""The temperature is rounded to a whole number."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0):
    w = wide(x)
    d = (w - np.max(w, axis=axis, keepdims=True)) / w.dtype.type(max(round(temperature), 1))
    e = np.exp(d)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
