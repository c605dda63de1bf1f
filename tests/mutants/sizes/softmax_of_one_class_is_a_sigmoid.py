"""A single class is taken for a binary problem and given its sigmoid."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/one-class-is-certain")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if w.shape[axis] == 1:
        half = np.exp(-np.abs(w))
        return (np.where(w >= 0, 1, half) / (1 + half)).astype(x.dtype)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
