"""Bytes in the other order are read as if they were in the machine's."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/byte-order-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def sigmoid(x):
    w = wide(x.view(x.dtype.newbyteorder("=")) if x.dtype.kind == "f" else x)
    e = np.exp(-np.abs(w))
    return (np.where(w >= 0, 1, e) / (1 + e)).astype(x.dtype)
