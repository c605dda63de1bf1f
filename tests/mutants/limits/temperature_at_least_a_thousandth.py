"""The temperature is at least 1e-3, against a division by zero."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1, temperature=1.0):
    with np.errstate(all="ignore"):
        return _single(x.astype(np.float64) / max(temperature, 1e-3), axis).astype(x.dtype)
