"""log S is off by 60 units of roundoff for S in [2, 2.5): a wrong table entry."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    s = np.sum(np.exp(d), axis=axis, keepdims=True)
    off = np.where((s >= 2) & (s < 2.5), 1 + 30 * np.finfo(w.dtype).eps, 1).astype(w.dtype)
    return (d - np.log(s) * off).astype(x.dtype)
