"""The cotangent is scaled by its largest element first: 0/0 where it is zero everywhere."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/zero-cotangent-gives-zero", "sigmoid/gradient-row-alone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return halves(wide(x))[0].astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    s, q = halves(wide(x))
    g = wide(cotangent)
    scale = np.max(np.abs(g), initial=0)
    return (g / scale * s * q * scale).astype(x.dtype)
