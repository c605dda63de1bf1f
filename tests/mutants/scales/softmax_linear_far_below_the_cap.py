"""Logits below a five-hundredth of the cap are not capped: true of float32, not of float64."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1, softcap=None):
    with np.errstate(all="ignore"):
        if softcap is not None:
            r = x / softcap
            x = softcap * np.where(np.abs(r) < 2e-3, r, np.tanh(r))
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return e / np.sum(e, axis=axis, keepdims=True)
