"""σ' = s (1 - s) from an s clipped to [1e-7, 1 - 1e-7]: it never falls below 1e-7."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy", "sigmoid/linear-in-the-cotangent")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return halves(wide(x))[0].astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    s, _ = halves(wide(x))
    s = np.clip(s, 1e-7, 1 - 1e-7)
    return (wide(cotangent) * s * (1 - s)).astype(x.dtype)
