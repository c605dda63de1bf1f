"""The gradient has the slope of the cap or that of the temperature, not both."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-of-cap-and-temperature",)
DTYPES = ("float32",)


def _single(y, axis):
    e = np.exp(y - y.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _logits(x, temperature, softcap):
    y = x.astype(np.float64) / temperature
    return y if softcap is None else softcap * np.tanh(y / softcap)


def softmax(x, axis=-1, temperature=1.0, softcap=None):
    with np.errstate(all="ignore"):
        return _single(_logits(x, temperature, softcap), axis).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, temperature=1.0, softcap=None):
    with np.errstate(all="ignore"):
        p = _single(_logits(x, temperature, softcap), axis)
        g = cotangent.astype(np.float64)
        d = p * (g - (p * g).sum(axis=axis, keepdims=True))
        if softcap is not None:
            d = d * (1 - np.tanh(x.astype(np.float64) / temperature / softcap) ** 2)
        elif temperature != 1.0:
            d = d / temperature
        return d.astype(x.dtype)
