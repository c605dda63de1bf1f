"""Without axis= the gradient, and only the gradient, is taken along the first axis."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/default-axis-is-the-last",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def probabilities(x, axis):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1):
    return probabilities(x, axis).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=0):
    p, g = probabilities(x, axis), wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
