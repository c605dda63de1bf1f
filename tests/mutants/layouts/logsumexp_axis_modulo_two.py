"""The axis is taken modulo 2, as it was when all arrays had two."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/axis-does-not-matter", "logsumexp/leaves-arguments-alone")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    axis = axis % 2 if w.ndim > 2 and axis < 0 and axis != -1 else axis
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
