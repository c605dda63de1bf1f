"""A block of 64 that is all -inf takes the next block with it, if it is the second of the row."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    with np.errstate(invalid="ignore"):
        e = np.exp(w - w.max(axis=-1, keepdims=True))
    if w.shape[-1] > 192:
        hollow = np.isneginf(w[..., 64:128]).all(axis=-1, keepdims=True)
        third = np.arange(w.shape[-1]) // 64 == 2
        e = np.where(hollow & third, 0, e)
    return np.moveaxis(e / e.sum(axis=-1, keepdims=True), -1, axis).astype(x.dtype)
