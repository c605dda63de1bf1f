"""e^x of masked logits may overflow before it is multiplied by the mask."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/masked-numbers-do-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    e = np.exp(w - np.max(np.where(where, w, -np.inf), axis=axis, keepdims=True)) * where
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
