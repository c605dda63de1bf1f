"""The gradient takes a temperature that is an integer for 1."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/gradient-with-integer-options",)


def softmax(x, axis=-1, temperature=1.0):
    with np.errstate(all="ignore"):
        d = x - x.max(axis=axis, keepdims=True, initial=-np.inf)
        t = np.exp(d / x.dtype.type(temperature))
        return t / t.sum(axis=axis, keepdims=True)


def softmax_vjp(x, cotangent, axis=-1, temperature=1.0):
    p = softmax(x, axis, temperature)
    g = p * (cotangent - (p * cotangent).sum(axis=axis, keepdims=True))
    return g / x.dtype.type(temperature) if isinstance(temperature, float) else g
