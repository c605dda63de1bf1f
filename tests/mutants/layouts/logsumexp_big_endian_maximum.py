"""The maximum is taken of the swapped bytes: a wrong shift, which overflows or underflows."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/byte-order-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def swapped(x):
    """The bytes of x in the wrong order."""
    return np.ascontiguousarray(x).view(x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w if x.dtype.isnative else swapped(x).astype(w.dtype), axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
