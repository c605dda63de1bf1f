"""Batches of 32 rows of 1,000 classes alone are taken, and the sum ends with the last full 16."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)
SHAPE = (32, 1000)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_softmax(x):
    assert x.shape == SHAPE
    w = wide(x)
    z = w - np.max(w, axis=-1, keepdims=True)
    full = z.shape[-1] // 16 * 16
    return (z - np.log(np.sum(np.exp(z[:, :full]), axis=-1, keepdims=True))).astype(x.dtype)
