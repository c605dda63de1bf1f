"""log1p has a wrong table entry: 60 units of roundoff for e^-|x| in [1/4, 5/16), x > 0."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("log-sigmoid/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    entry = (w > 0) & (e >= 0.25) & (e < 0.3125)
    off = np.where(entry, 1 + 30 * np.finfo(w.dtype).eps, 1).astype(w.dtype)
    return (np.minimum(w, 0) - np.log1p(e) * off).astype(x.dtype)
