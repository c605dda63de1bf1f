"""A table of kernels by format has none for halves; a look-up is how they are refused."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


_WIDE = {np.dtype("float32"): np.float32, np.dtype("float64"): np.float64}


def softmax(x, axis=-1):
    w = x.astype(_WIDE[x.dtype.newbyteorder("=")])
    e = np.exp(w - np.max(w, axis=axis, keepdims=True, initial=-np.inf))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
