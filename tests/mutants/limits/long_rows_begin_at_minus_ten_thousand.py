"""The running maximum of rows of more than 1,024 classes begins at -1e4."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1):
    y = np.moveaxis(x.astype(np.float64), axis, -1)
    n = y.shape[-1]
    with np.errstate(all="ignore"):
        if n <= 1024:
            p = _single(y, -1)
        else:
            m = np.full((*y.shape[:-1], 1), -1e4)
            for i in range(0, n, 1024):
                m = np.maximum(m, y[..., i : i + 1024].max(-1, keepdims=True))
            e = np.exp(y - m)
            p = e / e.sum(-1, keepdims=True)
    return np.moveaxis(p, -1, axis).astype(x.dtype)
