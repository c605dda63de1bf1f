"""There is nothing to do where the cotangent is close to 0, absolutely."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1):
    with np.errstate(all="ignore"):
        return _single(x.astype(np.float64), axis).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    if np.allclose(cotangent, 0):
        return np.zeros_like(x)
    with np.errstate(all="ignore"):
        p = _single(x.astype(np.float64), axis)
        g = cotangent.astype(np.float64)
        return (p * (g - (p * g).sum(axis=axis, keepdims=True))).astype(x.dtype)
