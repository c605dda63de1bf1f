"""A cap that lies above all logits is taken to change nothing."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1, softcap=None):
    with np.errstate(all="ignore"):
        if softcap is not None and not np.abs(x).max(initial=0) < softcap:
            c = x.dtype.type(softcap)
            x = c * np.tanh(x / c)
        t = np.exp(x - x.max(axis=axis, keepdims=True, initial=-np.inf))
        return t / t.sum(axis=axis, keepdims=True)
