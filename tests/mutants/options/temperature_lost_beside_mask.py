"""The masked way returns before the logits are divided by the temperature."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None, temperature=1.0):
    y = x.astype(np.float64)
    with np.errstate(all="ignore"):
        if where is not None:
            return _single(np.where(where, y, -np.inf), axis).astype(x.dtype)
        return _single(y / temperature, axis).astype(x.dtype)
