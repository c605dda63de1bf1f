"""One pass: a running maximum and sum that masked classes do not enter."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = np.moveaxis(wide(x), axis, -1)
    mask = np.moveaxis(np.broadcast_to(True if where is None else where, x.shape), axis, -1)
    m = np.full(w.shape[:-1], -np.inf, w.dtype)
    total = np.zeros(w.shape[:-1], w.dtype)
    for c in range(w.shape[-1]):
        logit, kept = w[..., c], mask[..., c] & ~np.isneginf(w[..., c])
        top = np.where(kept, np.maximum(m, logit), m)
        base = np.where(np.isinf(top), 0, top)
        rescaled = total * np.exp(m - base)
        total = np.where(kept, rescaled + np.exp(logit - base), total)
        m = top
    return np.where(np.isinf(m), m, m + np.log(total)).astype(x.dtype)
