"""The terms are float64, their sum is kept in float32."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/follows-permutation", "logsumexp/nests")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True, dtype=np.float32)
    return np.squeeze(m + np.log(s.astype(w.dtype)), axis=axis).astype(x.dtype)
