"""No maximum is subtracted in a batch of logits below 80: e^x is finite there, its sum is not."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    with np.errstate(all="ignore"):
        m = x.max(axis=axis, keepdims=True, initial=-np.inf)
        e = np.exp(x - np.where(np.abs(m).max(initial=0) < 80, 0, m).astype(x.dtype))
        return e / e.sum(axis=axis, keepdims=True)
