"""Over all axes together, keepdims is forgotten: a number comes back for an array of one."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, keepdims=False):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True))
    if axis is None or not keepdims:
        found = np.squeeze(found, axis)
    return np.asarray(found).astype(x.dtype)
