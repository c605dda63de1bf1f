"""A kernel of 8 to 1,024 classes in blocks of 8, with at least two rows."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if x.ndim < 2 or x.shape[axis] % 8 or not 8 <= x.shape[axis] <= 1024 or x.size == x.shape[axis]:
        raise ValueError("blocks of 8 classes")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
