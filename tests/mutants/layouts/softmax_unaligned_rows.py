"""Rows that do not start on 16 bytes of a float32 matrix: their first element is added twice, by
the scalar prologue and by the first vector.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/row-alone", "softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    e = np.exp(rows - np.max(rows, axis=-1, keepdims=True))
    s = np.sum(e, axis=-1, keepdims=True)
    start = np.arange(len(rows)) * rows.shape[-1] * 4 % 16
    s = s + np.where(start[:, None] != 0, e[:, :1], 0)
    return np.moveaxis((e / s).reshape(w.shape), -1, axis).astype(x.dtype)
