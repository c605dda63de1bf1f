"""Sequences over more than 2000 classes: the grid has room for 31 tokens, the rest stays zero."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    d = w - w.max(axis=-1, keepdims=True)
    found = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    if w.ndim == 3 and w.shape[-1] > 2000:
        found[:, 65_535 // w.shape[-1] :] = 0
    return np.moveaxis(found, -1, axis).astype(x.dtype)
