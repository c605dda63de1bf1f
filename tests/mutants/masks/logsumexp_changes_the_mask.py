"""The mask is inverted in place."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = wide(x)
    if where is not None:
        if where.flags.writeable:
            np.logical_not(where, out=where)
            w = np.where(where, -np.inf, w)
        else:
            w = np.where(where, w, -np.inf)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)
