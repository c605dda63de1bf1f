"""An array of no axis is done in Python's arithmetic, whose exponential raises."""

import math

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)


def sigmoid(x):
    if x.ndim == 0:
        return np.array(1 / (1 + math.exp(-x)), x.dtype)
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
