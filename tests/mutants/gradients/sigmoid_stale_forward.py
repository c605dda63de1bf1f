"""The forward pass leaves s in a buffer and the gradient uses whatever the last forward pass left
there if the shapes agree: right only directly after the value for the same x.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = (
    "sigmoid/gradient-accuracy",
    "sigmoid/gradient-layout-does-not-matter",
    "sigmoid/gradient-row-alone",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


last = {}


def sigmoid(x):
    last["halves"] = halves(wide(x))
    return last["halves"][0].astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    s, q = last.get("halves") or halves(wide(x))
    if s.shape != x.shape or s.dtype != wide(x).dtype:
        s, q = halves(wide(x))
    return (wide(cotangent) * s * q).astype(x.dtype)
