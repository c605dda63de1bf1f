"""log p is 0 where masked: certainty."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/no-mass-where-masked",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1, where=None):
    w = wide(x) if where is None else np.where(where, wide(x), -np.inf)
    d = w - np.max(w, axis=axis, keepdims=True)
    found = d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
    found = found if where is None else np.where(where, found, 0)
    return found.astype(x.dtype)
