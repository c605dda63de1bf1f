"""Results are remembered by shape, dtype and axis: other logits get the old answer."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = (
    "softmax/layout-does-not-matter",
    "softmax/axis-does-not-matter",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


cache = {}


def softmax(x, axis=-1):
    key = (x.shape, x.dtype.str, axis)
    if key not in cache:
        cache[key] = computed(x, axis)
    return cache[key].copy()


def computed(x, axis):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
