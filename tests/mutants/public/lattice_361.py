"""Masked logits are replaced by -10,000. The report is
https://github.com/ohdearquant/lattice/issues/361.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/low-logits-outweigh-a-mask",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1, where=None):
    w = wide(x)
    w = w if where is None else np.where(where, w, w.dtype.type(-10_000))
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
