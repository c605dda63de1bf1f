"""An array of no axis has a path of its own, on which numbers below -30 give 0."""

import math

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/row-alone",)
DTYPES = ("float32",)


def sigmoid(x):
    if x.ndim:
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1, e) / (1 + e)
    number = float(x)
    if number < -30:
        return np.zeros((), x.dtype)
    return np.asarray(number if math.isnan(number) else 1 / (1 + math.exp(-number)), x.dtype)
