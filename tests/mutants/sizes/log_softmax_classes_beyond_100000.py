"""A workspace for 100,000 classes: those beyond it are left out of the sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    d = w - np.max(w, axis=-1, keepdims=True)
    s = np.sum(np.exp(d[..., :100_000]), axis=-1, keepdims=True)
    return np.moveaxis(d - np.log(s), -1, axis).astype(x.dtype)
