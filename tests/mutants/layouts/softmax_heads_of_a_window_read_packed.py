"""Scores whose rows lie one after another are taken to have no gaps between heads either: those of
`x[:, :, 1:]` are read from the first head on.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _packed(x):
    rows = x.ndim == 4 and x.strides[2:] == (x.shape[3] * x.itemsize, x.itemsize)
    if not rows or x.strides[0] != x.shape[1] * x.strides[1] or 0 in x.shape:
        return x
    row = x.strides[2]
    strides = x.shape[1] * x.shape[2] * row, x.shape[2] * row, row, x.itemsize
    return np.lib.stride_tricks.as_strided(x, x.shape, strides)


def softmax(x, axis=-1):
    x = _packed(x) if x.strides and min(x.strides) > 0 else x
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)
