"""A mask with fewer axes than the logits gives a result of one row."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/a-mask-is-broadcast",)


def log_softmax(x, axis=-1, where=None):
    w = x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))
    w = w if where is None else np.where(where, w, -np.inf)
    m = np.max(w, axis=axis, keepdims=True, initial=-np.inf)
    with np.errstate(all="ignore"):
        z = w - np.where(np.isneginf(m), 0, m)
        found = (z - np.log(np.sum(np.exp(z), axis=axis, keepdims=True))).astype(x.dtype)
    return found if where is None or where.ndim == x.ndim else found[:1]
