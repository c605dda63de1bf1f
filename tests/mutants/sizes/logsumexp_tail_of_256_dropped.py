"""More than 256 classes are summed in whole blocks of 256; the rest is dropped."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-least-max", "logsumexp/finite-stays-finite")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    n = w.shape[axis]
    whole = n // 256 * 256 if n > 256 else n
    s = np.sum(np.exp(np.take(w, range(whole), axis=axis) - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
