"""In float64 a cotangent that is constant to 1e-6 has no gradient."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-accuracy",)
DTYPES = ("float64",)


def softmax(x, axis=-1):
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def softmax_vjp(x, cotangent, axis=-1):
    p = softmax(x, axis)
    g = cotangent
    with np.errstate(all="ignore"):
        d = p * (g - (p * g).sum(axis=axis, keepdims=True))
        same = np.ptp(g, axis=axis, keepdims=True) <= 1e-6 * np.abs(g).max(axis=axis, keepdims=True)
        return np.where(same & ~np.isnan(d), 0.0, d)
