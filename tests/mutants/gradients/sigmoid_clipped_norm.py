"""The gradient is rescaled to norm 1 when its norm is larger, so it is not linear in the
cotangent.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "sigmoid/gradient-accuracy",
    "sigmoid/linear-in-the-cotangent",
    "sigmoid/commutes-with-powers-of-two",
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
    grad = wide(cotangent) * s * q
    norm = np.sqrt(np.sum(grad * grad))
    return (grad / np.maximum(norm, 1)).astype(x.dtype)
