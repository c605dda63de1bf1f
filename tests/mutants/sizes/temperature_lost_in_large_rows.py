"""Sampling kernel for more than 2,048 classes has no temperature."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32",)


def log_softmax(x, axis=-1, temperature=1.0):
    y = x.astype(np.float64)
    if x.shape[axis] <= 2048:
        y = y / temperature
    with np.errstate(all="ignore"):
        d = y - y.max(axis=axis, keepdims=True)
        return (d - np.log(np.exp(d).sum(axis=axis, keepdims=True))).astype(x.dtype)
