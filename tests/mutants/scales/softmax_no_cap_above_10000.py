"""A cap of 10,000 or more is taken for none."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1, softcap=None):
    if softcap is not None and softcap < 1e4:
        x = np.float32(softcap) * np.tanh(x / np.float32(softcap))
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)
