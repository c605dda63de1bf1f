"""One class more than a multiple of 256: the prologue has already added the first."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-most-max-plus-log-n")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    if w.shape[axis] > 256 and w.shape[axis] % 256 == 1:
        s = s + np.exp(np.take(w, [0], axis=axis) - m)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
