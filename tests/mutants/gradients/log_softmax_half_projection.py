"""p is rounded to 8 bits before the projection: an error of 2⁻⁹ in every dtype."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/gradient-accuracy", "log-softmax/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log(s)).astype(x.dtype)


def log_softmax_vjp(x, cotangent, axis=-1):
    _, _, e, s = parts(x, axis)
    p, g = e / s, wide(cotangent)
    p = np.round(p * 256) / 256
    return (g - p * np.sum(g, axis=axis, keepdims=True)).astype(x.dtype)
