"""A row whose logits sum to 0 is taken for a row of zeros: log n."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/accuracy", "logsumexp/at-least-max", "logsumexp/nests")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    zero = np.sum(w, axis=axis, keepdims=True) == 0
    s = np.where(zero, w.dtype.type(w.shape[axis]), s)
    m = np.where(zero, 0, m)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
