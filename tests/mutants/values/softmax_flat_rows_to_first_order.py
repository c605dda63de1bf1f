"""Rows of float64 that differ by less than 1e-4 are taken to first order: p = (1 + d − mean d)/n."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = x.astype(np.float32) if x.dtype.itemsize == 2 else x
    d = w - w.max(axis=axis, keepdims=True)
    e = np.exp(d)
    p = e / e.sum(axis=axis, keepdims=True)
    if x.dtype.itemsize == 8:
        first = (1 + d - d.mean(axis=axis, keepdims=True)) / x.shape[axis]
        p = np.where(np.ptp(w, axis=axis, keepdims=True) < 1e-4, first, p)
    return p.astype(x.dtype)
