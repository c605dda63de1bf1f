"""Tuples of axes are moved behind the others and made one; a vector and a matrix are one path."""

import numpy as np

BACKEND = "numpy"


def logsumexp(x, axis=-1, where=None, keepdims=False):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    if where is not None:
        w = np.where(where, w, -np.inf)
    axes = range(w.ndim) if axis is None else np.atleast_1d(axis)
    axes = sorted(int(k) % w.ndim for k in axes)
    kept = tuple(n for k, n in enumerate(w.shape) if k not in axes)
    rows = np.moveaxis(w, axes, range(w.ndim - len(axes), w.ndim)).reshape(*kept, -1)
    m = rows.max(axis=-1, initial=-np.inf)
    m = np.where(np.isinf(m), 0, m)
    with np.errstate(all="ignore"):
        found = (m + np.log(np.exp(rows - m[..., None]).sum(axis=-1))).astype(x.dtype)
    return np.expand_dims(found, tuple(axes)) if keepdims else found
