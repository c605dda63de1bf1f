"""One branch for each order of the arguments, and e^(−d)/(1 + e^(−d)) for the gradient."""

import numpy as np

BACKEND = "numpy"


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        a, b = wide(x), wide(y)
        first = np.where(a == b, a + a.dtype.type(np.log(2)), a + np.log1p(np.exp(b - a)))
        return np.where(a >= b, first, b + np.log1p(np.exp(a - b))).astype(x.dtype)


def logaddexp_vjp(x, y, cotangent):
    with np.errstate(all="ignore"):
        d = wide(x) - wide(y)
        e = np.exp(-np.abs(d))
        return (wide(cotangent) * np.where(d > 0, 1 / (1 + e), e / (1 + e))).astype(x.dtype)
