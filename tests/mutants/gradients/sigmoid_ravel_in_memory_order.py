"""x is read in memory order and the cotangent in index order: wrong for Fortran layouts only."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy", "sigmoid/gradient-layout-does-not-matter")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return halves(wide(x))[0].astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    s, q = halves(wide(x).ravel(order="K"))
    return (wide(cotangent).ravel() * s * q).reshape(x.shape).astype(x.dtype)
