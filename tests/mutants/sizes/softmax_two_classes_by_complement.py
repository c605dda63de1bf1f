"""Two classes: the sigmoid of the difference and 1 minus it, which cancels."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    if w.shape[axis] == 2:
        a, b = np.take(w, 0, axis=axis), np.take(w, 1, axis=axis)
        first = np.exp(a - np.maximum(a, b)) / (
            np.exp(a - np.maximum(a, b)) + np.exp(b - np.maximum(a, b))
        )
        return np.stack([first, 1 - first], axis=axis).astype(x.dtype)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
