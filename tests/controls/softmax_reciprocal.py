"""e * (1 / S) instead of e / S: one rounding more, inside the 3u of the bound."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e * (1 / np.sum(e, axis=axis, keepdims=True))).astype(x.dtype)
