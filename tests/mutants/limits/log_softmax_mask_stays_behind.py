"""The classes are moved to the end and the mask is not: it raises, or in squares masks others."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1, where=None):
    w = np.swapaxes(x, axis, -1).astype(np.float32 if x.dtype.itemsize == 2 else x.dtype)
    keep = True if where is None else where
    with np.errstate(all="ignore"):
        m = np.max(w, axis=-1, keepdims=True, initial=-np.inf, where=keep)
        z = w - np.where(np.isfinite(m), m, 0)
        s = np.sum(np.exp(z), axis=-1, keepdims=True, where=keep)
        y = np.where(keep, z - np.log(s), -np.inf)
    return np.swapaxes(y, axis, -1).astype(x.dtype)
