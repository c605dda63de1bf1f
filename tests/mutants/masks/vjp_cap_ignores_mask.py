"""With a cap, masked classes take part in the mean of the gradient."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _y(x, where, softcap):
    y = x.astype(np.float64)
    if softcap is not None:
        y = softcap * np.tanh(y / softcap)
    return y if where is None else np.where(where, y, -np.inf)


def softmax(x, axis=-1, where=None, softcap=None):
    with np.errstate(all="ignore"):
        return _single(_y(x, where, softcap), axis).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None, softcap=None):
    g = cotangent.astype(np.float64)
    with np.errstate(all="ignore"):
        if softcap is not None:
            p = _single(_y(x, None, softcap), axis)  # the mask is forgotten
            d = p * (g - (p * g).sum(axis=axis, keepdims=True))
            d = d * (1 - np.tanh(x.astype(np.float64) / softcap) ** 2)
        else:
            p = _single(_y(x, where, None), axis)
            g = g if where is None else np.where(where, g, 0)
            d = p * (g - (p * g).sum(axis=axis, keepdims=True))
        if where is not None:
            d = np.where(where, d, 0)
        return d.astype(x.dtype)
