"""Two tiles of a row overlap: the class at 8192 is in both sums."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    total = e.sum(axis=-1, keepdims=True)
    if w.shape[-1] > 9000:
        total = total + e[..., 8192:8193]
    return np.moveaxis(e / total, -1, axis).astype(x.dtype)
