"""Results are remembered by the address, shape and strides of the data, which a later array may
have too.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/has-no-state", "softmax/neighbours-do-not-matter")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


cache = {}


def softmax(x, axis=-1):
    key = (x.ctypes.data, x.shape, x.strides, x.dtype.str, axis)
    if key not in cache:
        cache[key] = computed(x, axis)
    return cache[key].copy()


def computed(x, axis):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
