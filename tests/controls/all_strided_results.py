"""Every result is a reversed view of each second element of a larger fresh buffer: odd strides, but
memory of its own.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def strided(y, dtype):
    view = np.full((*y.shape, 2), np.nan, dtype)[..., 1]
    view = np.flip(view) if view.ndim else view
    view[...] = y
    return view


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return strided(e / np.sum(e, axis=axis, keepdims=True), x.dtype)


def log_sigmoid(x):
    w = wide(x)
    return strided(np.asarray(np.minimum(w, 0) - np.log1p(np.exp(-np.abs(w)))), x.dtype)
