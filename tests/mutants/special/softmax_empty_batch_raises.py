"""The rows are stacked one by one, and no rows cannot be stacked."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ()


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows = []
    for row in w.reshape(-1, w.shape[-1]):
        e = np.exp(row - np.max(row))
        rows.append(e / np.sum(e))
    return np.moveaxis(np.stack(rows).reshape(w.shape), -1, axis).astype(x.dtype)
