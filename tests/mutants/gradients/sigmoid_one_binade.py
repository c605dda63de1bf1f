"""A table entry is off by 100 units of roundoff for x in (-4, -2] alone: a few times the bound."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return halves(wide(x))[0].astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    w = wide(x)
    s, q = halves(w)
    off = np.where((w > -4) & (w <= -2), 1 + 50 * np.finfo(w.dtype).eps, 1).astype(w.dtype)
    return (wide(cotangent) * s * q * off).astype(x.dtype)
