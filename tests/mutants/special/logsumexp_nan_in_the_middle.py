"""A tree of halves joins them with fmax: NaN of one half of eight classes or more is lost."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/nan-at-any-place",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def plain(w):
    m = np.max(w, axis=-1, initial=-np.inf)
    m = np.where(np.isfinite(m) | np.isnan(m), m, 0).astype(w.dtype)
    return m + np.log(np.sum(np.exp(w - m[..., None]), axis=-1))


def logsumexp(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    n = w.shape[-1]
    if n < 16 or np.isinf(w).any():
        return plain(w).astype(x.dtype)
    left, right = plain(w[..., : n // 2]), plain(w[..., n // 2 :])
    high, low = np.fmax(left, right), np.fmin(left, right)
    return (high + np.log1p(np.exp(low - high))).astype(x.dtype)
