"""log1p of the other terms, where others is everything below the maximum: ties of it are lost."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/no-steeper-than", "logsumexp/nests")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    rest = np.sum(np.where(w == m, 0, np.exp(w - m)), axis=axis, keepdims=True)
    one = np.any(w == m, axis=axis, keepdims=True)
    y = np.where(one, m + np.log1p(rest), m + np.log(rest))
    return np.squeeze(y, axis=axis).astype(x.dtype)
