"""Rows are done two at a time; the last of an odd number is divided by the sum of the row
before.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/neighbours-do-not-matter")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    e = np.exp(rows - np.max(rows, axis=-1, keepdims=True))
    s = np.sum(e, axis=-1, keepdims=True)
    if len(rows) > 2 and len(rows) % 2:
        s[-1] = s[-2]
    return np.moveaxis((e / s).reshape(w.shape), -1, axis).astype(x.dtype)
