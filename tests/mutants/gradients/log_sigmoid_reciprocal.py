"""The derivative is σ'(x)/σ(x), which is 0/0 once σ(x) underflows."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-sigmoid/gradient-accuracy",
    "log-sigmoid/zero-cotangent-gives-zero",
    "log-sigmoid/gradient-finite",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


def log_sigmoid(x):
    w = wide(x)
    return (np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))).astype(x.dtype)


def log_sigmoid_vjp(x, cotangent):
    s, q = halves(wide(x))
    return (wide(cotangent) * (s * q / s)).astype(x.dtype)
