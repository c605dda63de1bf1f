"""The derivative is cut to 0 where |x| >= 12, though σ' is 6e-6 there. A finite-difference checker
with its default absolute tolerance of 1e-5 passes it.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
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
    return np.where(np.abs(w) >= 12, 0, wide(cotangent) * s * q).astype(x.dtype)
