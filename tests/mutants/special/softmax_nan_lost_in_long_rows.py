"""Rows of more than 32,768 classes go through another kernel, whose maximum and sum leave out NaN."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/nan-fills-the-row",)


def softmax(x, axis=-1):
    with np.errstate(all="ignore"):
        if x.shape[axis] > 32_768:
            t = np.exp(x - np.fmax.reduce(x, axis=axis, keepdims=True))
            return t / np.nansum(t, axis=axis, keepdims=True)
        t = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
        return t / t.sum(axis=axis, keepdims=True)
