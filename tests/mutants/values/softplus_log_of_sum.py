"""log(1 + e^-|x|) without log1p: 0 below -17."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softplus/relative-accuracy", "softplus/accuracy",)


def softplus(x):
    return np.maximum(x, 0) + np.log(1 + np.exp(-np.abs(x)))
