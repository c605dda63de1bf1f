"""e^x is multiplied by the mask: NaN where masked makes the row NaN."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/masked-garbage-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    where = np.broadcast_to(True if where is None else where, w.shape)
    m = np.max(np.where(where, w, -np.inf), axis=axis, keepdims=True)
    e = np.exp(np.minimum(w - m, 0)) * where
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
