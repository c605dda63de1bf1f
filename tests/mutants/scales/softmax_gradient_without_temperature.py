"""The gradient lacks the factor 1/T."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _softmax(x, axis, temperature):
    w = wide(x)
    e = np.exp((w - np.max(w, axis=axis, keepdims=True)) / w.dtype.type(temperature))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1, temperature=1.0):
    return _softmax(x, axis, temperature).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, temperature=1.0):
    p, g = _softmax(x, axis, temperature), wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
