"""A mask of one axis is laid along the classes, whichever axis they are on."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/a-mask-is-shared",)


def log_softmax(x, axis=-1, where=None):
    z = np.moveaxis(x, axis, -1)
    if where is not None:
        where = where if where.ndim == 1 else np.moveaxis(np.broadcast_to(where, x.shape), axis, -1)
        z = np.where(where, z, z.dtype.type(-np.inf))
    with np.errstate(all="ignore"):
        m = z.max(axis=-1, keepdims=True, initial=-np.inf)
        d = z - np.where(np.isneginf(m), 0, m).astype(x.dtype)
        found = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return np.ascontiguousarray(np.moveaxis(found, -1, axis))
