"""The smallest number of the format in place of -inf."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/low-logits-outweigh-a-mask",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    w = np.where(where, w, np.finfo(w.dtype).min)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
