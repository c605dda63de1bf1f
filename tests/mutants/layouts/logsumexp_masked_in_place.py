"""NaN-safe, but the argument's -inf are replaced in place and put back only in C order."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    if not x.flags.c_contiguous and x.flags.writeable:
        np.copyto(x, -1e4, where=np.isneginf(w))
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
