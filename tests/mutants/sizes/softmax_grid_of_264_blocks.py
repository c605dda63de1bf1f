"""Rows of more than 1024 classes have a block each, of a grid of 264: later rows stay zero."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    if p.shape[-1] > 1024:
        p = np.ascontiguousarray(p)
        p.reshape(-1, p.shape[-1])[264:] = 0
    return np.moveaxis(p, -1, axis).astype(x.dtype)
