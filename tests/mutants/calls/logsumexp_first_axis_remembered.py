"""The axis of the first call for a number of axes is used in all later ones."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/layout-does-not-matter",
    "logsumexp/axis-does-not-matter",
    "logsumexp/leaves-arguments-alone",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


remembered = {}


def logsumexp(x, axis=-1):
    w = wide(x)
    axis = remembered.setdefault(x.ndim, axis)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
