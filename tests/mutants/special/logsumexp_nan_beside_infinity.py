"""A row with +inf returns early: inf also where another logit is NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/nan-fills-the-row",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(np.where(np.isnan(w), -np.inf, w), axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0).astype(w.dtype)
    found = np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis)
    return np.where(np.isposinf(w).any(axis=axis), np.inf, found).astype(x.dtype)
