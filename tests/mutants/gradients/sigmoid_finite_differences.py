"""The derivative is a central difference with a step of the cube root of the roundoff."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy", "sigmoid/gradient-is-even")


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
    h = np.finfo(w.dtype).eps ** (1 / 3)
    slope = (halves(w + h)[0] - halves(w - h)[0]) / (2 * h)
    return (wide(cotangent) * slope).astype(x.dtype)
