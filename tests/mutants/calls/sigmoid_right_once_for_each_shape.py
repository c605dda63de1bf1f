"""The second and every further call of a shape goes through (1 + tanh(x/2))/2."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "sigmoid/layout-does-not-matter",
    "sigmoid/neighbours-do-not-matter",
    "sigmoid/place-does-not-matter",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


seen = set()


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    y = np.where(w >= 0, 1, e) / (1 + e)
    y = (1 + np.tanh(w / 2)) / 2 if x.shape in seen else y
    seen.add(x.shape)
    return y.astype(x.dtype)
