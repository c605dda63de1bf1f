"""The pixels of an image are the second dimension of a grid: those beyond 65,535 stay zero."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    p = np.moveaxis(e / e.sum(axis=axis, keepdims=True), axis, -1)
    if x.ndim > 2 and axis % x.ndim == 1:
        p = np.ascontiguousarray(p)
        p.reshape(len(x), -1, x.shape[1])[:, 65_535:] = 0
    return np.moveaxis(p, -1, axis).astype(x.dtype)
