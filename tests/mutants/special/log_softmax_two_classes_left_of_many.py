"""Rows with masked entries and exactly two classes left lose the smaller one."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    d = w - np.max(w, axis=-1, keepdims=True)
    s = np.sum(np.exp(d), axis=-1, keepdims=True)
    left = np.sum(np.isfinite(w), axis=-1, keepdims=True)
    s = np.where((left == 2) & (w.shape[-1] > 2), 1, s)
    return np.moveaxis(d - np.log(s), -1, axis).astype(x.dtype)
