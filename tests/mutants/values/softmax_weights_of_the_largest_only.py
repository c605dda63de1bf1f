"""Top 64: in longer rows only the 64 largest logits are summed, though all are divided."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    top = np.flip(np.sort(e, axis=axis), axis=axis)
    counted = np.take(top, range(min(64, w.shape[axis])), axis=axis)
    return (e / np.sum(counted, axis=axis, keepdims=True)).astype(x.dtype)
