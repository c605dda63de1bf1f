"""The cotangent is replaced by its mean over the batch."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "sigmoid/gradient-accuracy",
    "sigmoid/gradient-is-even",
    "sigmoid/linear-in-the-cotangent",
)


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
    return ((np.mean(g) if g.size else g) * s * q).astype(x.dtype)
