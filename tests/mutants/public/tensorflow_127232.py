"""The gradient at a tie is 1, that of a maximum. The report is
https://github.com/tensorflow/tensorflow/issues/127232.
"""

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
        a, b = wide(x), wide(y)
        s = 1 / (1 + np.exp(b - a))
        return (wide(cotangent) * np.where(a == b, 1, s)).astype(x.dtype)
