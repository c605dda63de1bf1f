"""A temperature below 1e-6 is taken for 1e-6, as samplers do against a division by 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/accuracy",)
DTYPES = ("float32",)


def softmax(x, axis=-1, temperature=1.0):
    d = (x - np.max(x, axis=axis, keepdims=True)) / np.float32(max(temperature, 1e-6))
    e = np.exp(d)
    return e / np.sum(e, axis=axis, keepdims=True)
