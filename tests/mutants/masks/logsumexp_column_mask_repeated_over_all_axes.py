"""Along all axes a mask is repeated up to the size of x: one of a column is read as one of rows."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/several-axes-are-one-row",)


def logsumexp(x, axis=-1, where=None):
    x = np.asarray(x, x.dtype.newbyteorder("="))
    if axis is None:
        mask = None if where is None else np.tile(where.ravel(), x.size // where.size)
        x, where, axis = x.ravel(), mask, 0
    if where is not None:
        x = np.where(where, x, x.dtype.type(-np.inf))
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m).astype(x.dtype)
    with np.errstate(all="ignore"):
        found = np.log(np.sum(np.exp(x - m), axis=axis, keepdims=True)) + m
    return np.squeeze(found, axis)
