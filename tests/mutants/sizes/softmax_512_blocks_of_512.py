"""The sum is that of 512 partial sums of 512 classes at most: what is beyond 262,144 is left out."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x.astype(np.float32) if x.dtype.itemsize == 2 else x, axis, -1)
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    total = e[..., : 512 * 512].sum(axis=-1, keepdims=True)
    return np.moveaxis(e / total, -1, axis).astype(x.dtype)
