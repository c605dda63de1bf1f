"""A mask given as a matrix beside four axes is transposed: a causal mask shows the future."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/a-mask-is-shared",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    if where is not None:
        if w.ndim == 4 and where.ndim == 2 and where.shape[0] == where.shape[1]:
            where = where.T
        w = np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
