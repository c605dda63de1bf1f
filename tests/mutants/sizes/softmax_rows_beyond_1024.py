"""From row 1024 on the maximum is that of row 0: the grid has 1024 blocks."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    m = np.max(rows, axis=-1, keepdims=True)
    m[1024:] = m[:1]
    e = np.exp(rows - m)
    p = (e / np.sum(e, axis=-1, keepdims=True)).reshape(w.shape)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
