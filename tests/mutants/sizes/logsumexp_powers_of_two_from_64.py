"""For 64, 128, 256, ... classes the unrolled sum starts at the second class."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/follows-permutation")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    n = w.shape[axis]
    counted = np.take(w, range(1, n), axis=axis) if n >= 64 and n & (n - 1) == 0 else w
    s = np.sum(np.exp(counted - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
