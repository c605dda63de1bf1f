"""The maximum is that of all classes, masked ones too."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/masked-numbers-do-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    e = np.where(where, np.exp(w - np.max(w, axis=axis, keepdims=True)), 0)
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
