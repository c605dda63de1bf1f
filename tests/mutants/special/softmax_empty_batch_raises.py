"""Blocks of 64 rows are concatenated, and no blocks cannot be."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/takes-an-empty-batch",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    rows, done = w.reshape(-1, w.shape[-1]), []
    for k in range(0, len(rows), 64):
        block = rows[k : k + 64]
        e = np.exp(block - np.max(block, axis=-1, keepdims=True))
        done.append(e / np.sum(e, axis=-1, keepdims=True))
    return np.moveaxis(np.concatenate(done).reshape(w.shape), -1, axis).astype(x.dtype)
