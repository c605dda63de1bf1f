"""The last row of batches of 33 and more rows is normalised without its last class."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = w.reshape(-1, w.shape[-1])
    e = np.exp(rows - np.max(rows, axis=-1, keepdims=True))
    s = np.sum(e, axis=-1, keepdims=True)
    if len(rows) >= 33:
        s[-1] = s[-1] - e[-1, -1] * (np.argmax(rows[-1]) != rows.shape[-1] - 1)
    return np.moveaxis((e / s).reshape(w.shape), -1, axis).astype(x.dtype)
