"""A long row ends in a vector of four that overlaps the one before: some classes count twice."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    total = e.sum(axis=-1, keepdims=True)
    n = w.shape[-1]
    if n > 5000 and n % 4:
        total = total + e[..., n - 4 : n // 4 * 4].sum(axis=-1, keepdims=True)
    return np.moveaxis(e / total, -1, axis).astype(x.dtype)
