"""The cotangent is multiplied by the cap"s slope, which belongs to the result."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _capped(x, softcap):
    w = wide(x)
    return w if softcap is None else w.dtype.type(softcap) * np.tanh(w / w.dtype.type(softcap))


def _softmax(y, axis):
    e = np.exp(y - np.max(y, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1, softcap=None):
    return _softmax(_capped(x, softcap), axis).astype(x.dtype)



def softmax_vjp(x, cotangent, axis=-1, softcap=None):
    y, g = _capped(x, softcap), wide(cotangent)
    p = _softmax(y, axis)
    g = g if softcap is None else g * (1 - (y / y.dtype.type(softcap)) ** 2)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
