"""e^(x - L): the rounding of L is a relative error of the gradient, 1 at large ties."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/gradient-accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        return np.logaddexp(wide(x), wide(y)).astype(x.dtype)



def logaddexp_vjp(x, y, cotangent):
    with np.errstate(all="ignore"):
        a = wide(x)
        return (wide(cotangent) * np.exp(a - wide(logaddexp(x, y)))).astype(x.dtype)
