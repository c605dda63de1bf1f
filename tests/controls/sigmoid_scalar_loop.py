"""One number after the other with the math module."""

import math

import numpy as np

BACKEND = "numpy"


def scalar(x):
    if math.isnan(x):
        return x
    e = math.exp(-abs(x))
    return 1 / (1 + e) if x >= 0 else e / (1 + e)


def log_scalar(x):
    return x if math.isnan(x) else min(x, 0.0) - math.log1p(math.exp(-abs(x)))


def sigmoid(x):
    return np.array([scalar(v) for v in x.ravel().tolist()]).reshape(x.shape).astype(x.dtype)


def log_sigmoid(x):
    return np.array([log_scalar(v) for v in x.ravel().tolist()]).reshape(x.shape).astype(x.dtype)
