"""The softmax of all classes, of which masked ones are then set to 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return np.where(where, e / np.sum(e, axis=axis, keepdims=True), 0).astype(x.dtype)
