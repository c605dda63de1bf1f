"""A float64 constant promotes float32 to float64."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/keeps-dtype",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


ZERO = np.zeros(1)


def log_sigmoid(x):
    w = wide(x)
    if w.ndim == 0:
        return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)
    return np.minimum(w, ZERO) - np.log1p(np.exp(-np.abs(w)))
