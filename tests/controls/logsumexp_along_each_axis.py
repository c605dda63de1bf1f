"""Several axes are summed over one after the other, the last first."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def along(x, axis, keepdims=False):
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True))
    return found if keepdims else np.squeeze(found, axis)


def logsumexp(x, axis=-1, keepdims=False):
    w = wide(x)
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for k in sorted((k % x.ndim for k in axes), reverse=True):
        w = along(w, k, keepdims)
    return w.astype(x.dtype)
