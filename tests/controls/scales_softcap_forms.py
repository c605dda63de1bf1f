"""A cap by 2σ(2z) - 1, with the slope 1 - tanh², before a mask; and by a library's tanh."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def _capped(w, softcap):
    if softcap is None:
        return w, 1
    z = w / w.dtype.type(softcap)
    with np.errstate(over="ignore"):
        t = 2 / (1 + np.exp(-2 * z)) - 1
    return w.dtype.type(softcap) * t, 1 - t * t


def _softmax(w, axis, where):
    w = w if where is None else np.where(where, w, -np.inf)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1, where=None, temperature=1.0, softcap=None):
    w = wide(x)
    y, _ = _capped(w / w.dtype.type(temperature), softcap)
    return _softmax(y, axis, where).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1, where=None, temperature=1.0, softcap=None):
    w, g = wide(x), wide(cotangent)
    g = g if where is None else np.where(where, g, 0)
    y, slope = _capped(w / w.dtype.type(temperature), softcap)
    p = _softmax(y, axis, where)
    found = slope * (p * (g - np.sum(p * g, axis=axis, keepdims=True)))
    found = found if where is None else np.where(where, found, 0)
    return (found / w.dtype.type(temperature)).astype(x.dtype)


def log_softmax(x, axis=-1, softcap=None):
    w = wide(x)
    if softcap is not None:
        w = np.tanh(w * (1 / w.dtype.type(softcap))) * w.dtype.type(softcap)
    d = w - np.max(w, axis=axis, keepdims=True)
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
