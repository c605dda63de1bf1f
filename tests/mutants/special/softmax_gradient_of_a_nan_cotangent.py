"""The gradient takes NaN in a cotangent for 0: what skips a step by its NaN takes it."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/nan-cotangent-gives-nan-gradient",)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_vjp(x, cotangent, axis=-1):
    p, g = softmax(x, axis), np.where(np.isnan(cotangent), 0, cotangent)
    return p * (g - (p * g).sum(axis=axis, keepdims=True))
