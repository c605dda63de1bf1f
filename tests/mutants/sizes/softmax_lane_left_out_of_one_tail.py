"""Rows beyond 64 classes go by 16 lanes; of the tails the one of 13 leaves a lane out of the sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    x = np.moveaxis(x, axis, -1)
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    total = e.sum(axis=-1, keepdims=True)
    n = x.shape[-1]
    if n > 64 and n % 16 == 13:
        total = total - e[..., -7:-6]
    return np.moveaxis((e / total).astype(x.dtype), -1, axis)
