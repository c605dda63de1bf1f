"""Temperatures below a half are taken for a half."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/low-temperature-is-the-largest", "softmax/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, temperature=1.0):
    w = wide(x)
    d = (w - np.max(w, axis=axis, keepdims=True)) / w.dtype.type(max(temperature, 0.5))
    e = np.exp(d)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
