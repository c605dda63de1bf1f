"""The mask of the last classes, a part of a word of 64, shapes the sum of long rows alone."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "log-softmax/minus-infinity-where-masked",
    "log-softmax/no-mass-where-masked",
)


def log_softmax(x, axis=-1, where=None):
    w = np.moveaxis(x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype), axis, -1)
    n = w.shape[-1]
    mask = np.ones_like(w, dtype=bool)
    if where is not None:
        mask = np.moveaxis(np.broadcast_to(where, x.shape), axis, -1)
    d = w - np.max(np.where(mask, w, -np.inf), axis=-1, keepdims=True)
    log_s = np.log(np.sum(np.where(mask, np.exp(d), 0), axis=-1, keepdims=True))
    rest = (np.arange(n) >= n // 64 * 64) & (n > 2048)
    found = np.where(mask | rest, d - log_s, -np.inf)
    return np.moveaxis(found.astype(x.dtype), -1, axis)
