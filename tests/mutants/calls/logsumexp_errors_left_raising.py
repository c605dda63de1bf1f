"""NumPy is told to raise on overflow, for the caller's good, and stays so."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/leaves-the-process-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    np.seterr(over="raise")
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
