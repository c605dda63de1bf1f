"""s is kept from the first call with a shape and used again for later calls with that shape: wrong
from the second call on.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy", "sigmoid/gradient-row-alone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def sigmoid(x):
    return halves(wide(x))[0].astype(x.dtype)


saved = {}


def sigmoid_vjp(x, cotangent):
    if x.shape not in saved:
        saved[x.shape] = halves(wide(x))
    s, q = saved[x.shape]
    return (wide(cotangent) * s * q).astype(x.dtype)
