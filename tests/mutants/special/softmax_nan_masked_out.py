"""NaN is taken for a masked class: it gets a probability of 0 and the others share the mass."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/nan-fills-the-row",
    "softmax/nan-at-any-place",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = np.where(np.isnan(x), -np.inf, wide(x)).astype(wide(x).dtype)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
