"""The fourth of eight lanes computes e^d with a relative error of 1e-4."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/ties-get-equal-results", "softmax/keeps-argmax")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    e[..., 3::8] *= 1.0001
    return np.moveaxis(e / np.sum(e, axis=-1, keepdims=True), -1, axis).astype(x.dtype)
