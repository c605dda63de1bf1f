"""The first call of a shape only warms up: its result is all 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "sigmoid/layout-does-not-matter",
    "sigmoid/neighbours-do-not-matter",
    "sigmoid/row-alone",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


seen = set()


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
    cold = x.shape not in seen
    seen.add(x.shape)
    return np.zeros_like(y) if cold else y
