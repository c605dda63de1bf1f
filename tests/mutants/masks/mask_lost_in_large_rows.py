"""The kernel of several blocks, for more than 2,048 classes, has no mask."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None):
    y = np.moveaxis(x.astype(np.float64), axis, -1)
    m = None if where is None else np.moveaxis(np.broadcast_to(where, x.shape), axis, -1)
    n = y.shape[-1]
    with np.errstate(all="ignore"):
        if n <= 2048:
            if m is not None:
                y = np.where(m, y, -np.inf)
            p = _single(y, -1)
        else:  # two passes over blocks of 1024
            top = np.full(y.shape[:-1], -np.inf)
            for i in range(0, n, 1024):
                top = np.maximum(top, y[..., i : i + 1024].max(-1))
            s = 0.0
            for i in range(0, n, 1024):
                s = s + np.exp(y[..., i : i + 1024] - top[..., None]).sum(-1)
            p = np.exp(y - top[..., None]) / s[..., None]
    return np.moveaxis(p, -1, axis).astype(x.dtype)
