"""e^d is off by 100 units of roundoff for d in (-1/2, 0)."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-most-max-plus-log-n", "logsumexp/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def exp(d):
    off = np.where((d > -0.5) & (d < 0), 1 + 50 * np.finfo(d.dtype).eps, 1).astype(d.dtype)
    return np.exp(d) * off


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
