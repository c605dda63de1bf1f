"""The sampler cleans NaN (nan_to_num) before it divides by a temperature other than 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/nan-fills-the-row",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax(x, axis=-1, temperature=1.0):
    y = x.astype(np.float64)
    if temperature != 1.0:
        y = np.where(np.isnan(y), -1e9, y)
    with np.errstate(all="ignore"):
        return _single(y / temperature, axis).astype(x.dtype)
