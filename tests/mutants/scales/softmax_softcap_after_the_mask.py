"""Masked classes are at -inf before the cap, which makes -c of it."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/masked-after-the-cap",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None, softcap=None):
    w = wide(x)
    w = w if where is None else np.where(where, w, -np.inf)
    w = w if softcap is None else w.dtype.type(softcap) * np.tanh(w / w.dtype.type(softcap))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
