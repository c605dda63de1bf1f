"""The gradient is clipped to the numbers of the format, so that an infinite cotangent is hidden."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/infinite-cotangent-gives-no-number",)


def softmax(x, axis):
    m = x.max(axis=axis, keepdims=True)
    with np.errstate(invalid="ignore"):
        e = np.exp(x - np.where(np.isneginf(m), 0, m))
    return e, m


def logsumexp(x, axis=-1):
    e, m = softmax(x, axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(e.sum(axis=axis)) + np.where(np.isneginf(m), 0, m).squeeze(axis)
    return np.where(np.isposinf(m).squeeze(axis), m.squeeze(axis), found).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    e, _ = softmax(x, axis)
    with np.errstate(invalid="ignore"):
        gradient = np.expand_dims(cotangent, axis) * e / e.sum(axis=axis, keepdims=True)
    largest = np.finfo(x.dtype).max
    return np.clip(gradient, -largest, largest).astype(x.dtype)
