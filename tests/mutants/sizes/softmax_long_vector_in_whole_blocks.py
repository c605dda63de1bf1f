"""A vector of more than 2048 classes is summed by whole blocks of 1024, its tail by none."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    w = np.moveaxis(x, axis, -1)
    e = np.exp(w - w.max(axis=-1, keepdims=True))
    n = w.shape[-1]
    summed = n // 1024 * 1024 if w.ndim == 1 and n > 2048 else n
    p = e / e[..., :summed].sum(axis=-1, keepdims=True)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
