"""log(e^x + e^y) as written: infinite from 89 on."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("logaddexp/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def logaddexp(x, y):
    with np.errstate(all="ignore"):
        a, b = wide(x), wide(y)
        m = np.maximum(a, b)
        gap = np.where(a == b, 0, np.abs(a - b))
        return np.asarray(np.log(np.exp(a) + np.exp(b))).astype(x.dtype)
