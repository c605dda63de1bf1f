"""A kernel of C-contiguous, aligned, writable arrays in native byte order."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    if not (x.flags.c_contiguous and x.flags.behaved):
        raise ValueError("a plain array, please")
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
