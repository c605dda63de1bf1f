"""The last result of each shape and sum is given again: rows in another order have the same sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/follows-permutation",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


kept = {}


def log_softmax(x, axis=-1):
    w = wide(x)
    key = (x.shape, axis, x.dtype.str, float(np.sum(np.sort(w, axis=None, kind="stable"))))
    if key not in kept:
        d = w - np.max(w, axis=axis, keepdims=True)
        kept.clear()
        kept[key] = d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))
    return kept[key].astype(x.dtype)
