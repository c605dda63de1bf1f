"""Pixels of images are found at h·H + w, which is h·W + w where images are square."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _softmax(x, axis):
    with np.errstate(all="ignore"):
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1):
    p = _softmax(x.astype(np.float64), axis)
    if x.ndim == 4 and axis in (1, -3):
        h, w = x.shape[2:]
        place = np.minimum(np.arange(h)[:, None] * h + np.arange(w), h * w - 1)
        p = p.reshape(*x.shape[:2], h * w)[:, :, place]
    return p.astype(x.dtype)
