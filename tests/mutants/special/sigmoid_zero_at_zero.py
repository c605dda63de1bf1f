"""np.sign is 0 at 0, so that neither half of the formula counts."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone", "sigmoid/no-steeper-than")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x)
    e = np.exp(-np.abs(w))
    side = np.sign(w)
    numerator = np.maximum(side, 0) + np.maximum(-side, 0) * e
    return (numerator / (1 + e)).astype(x.dtype)
