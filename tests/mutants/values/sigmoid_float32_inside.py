"""Float64 is computed in float32 and cast back."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/reflects", "sigmoid/no-steeper-than")


def sigmoid(x):
    w = x.astype(np.float32)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
