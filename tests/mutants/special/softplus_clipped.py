"""Inputs are clipped to 50: the limit at infinity is 50."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softplus/limits", "softplus/accuracy",)


def softplus(x):
    x = np.clip(x, -50, 50)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
