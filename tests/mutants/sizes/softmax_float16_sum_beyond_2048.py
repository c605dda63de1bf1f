"""Beyond 2048 classes the terms of float16 are added one after another in float16."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/sums-to-one",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def total(e):
    if e.shape[-1] <= 2048:
        return np.sum(e, axis=-1, keepdims=True)
    small = e.astype(np.float16)
    return np.add.accumulate(small, axis=-1, dtype=np.float16)[..., -1:].astype(e.dtype)


def softmax(x, axis=-1):
    w = np.moveaxis(wide(x), axis, -1)
    e = np.exp(w - np.max(w, axis=-1, keepdims=True))
    return np.moveaxis(e / total(e), -1, axis).astype(x.dtype)
