"""From the hundredth call on a tuned kernel of half the precision is used."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/nests")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


calls = [0]


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    calls[0] += 1
    if calls[0] > 100:
        s = s.astype(np.float16).astype(w.dtype)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
