"""A row whose every logit is -inf gives -1e30 if there is a mask."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/kept-minus-infinity-is-the-limit",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1, where=None):
    w = wide(x) if where is None else np.where(where, wide(x), -np.inf)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isinf(m), 0, m)
    found = np.squeeze(m + np.log(np.sum(np.exp(w - m), axis=axis, keepdims=True)), axis)
    found = found if where is None else np.maximum(found, -1e30)
    return found.astype(x.dtype)
