"""The gradient is right but is written into the incoming cotangent, which others still need
(apex#1430).
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/gradient-leaves-arguments-alone",)


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
    out = cotangent if cotangent.flags.writeable else np.array(cotangent)
    return np.multiply(wide(cotangent), s * q, out=out, casting="unsafe")
