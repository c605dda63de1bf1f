"""A kernel of matrices, along their last axis."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if x.ndim != 2 or axis not in (-1, 1):
        raise ValueError("matrices and their last axis only")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
