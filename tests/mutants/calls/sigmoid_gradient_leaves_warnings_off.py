"""The gradient switches off NumPy's warnings, and they stay so."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/leaves-the-process-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    with np.errstate(all="ignore"):
        e = np.exp(-np.abs(wide(x)))
        return (np.where(wide(x) >= 0, 1, e) / (1 + e)).astype(x.dtype)


def sigmoid_vjp(x, cotangent):
    np.seterr(all="ignore")
    e = np.exp(-np.abs(wide(x)))
    return (wide(cotangent) / (1 + e) * (e / (1 + e))).astype(x.dtype)
