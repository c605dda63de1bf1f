"""The probabilities of the last forward pass are kept with its array: a gradient at an array that
was changed in place since takes the old ones.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-has-no-state",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


last = [None, None, None]


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    if last[0] is not x or last[1] != axis:
        w = wide(x)
        e = np.exp(w - np.max(w, axis=axis, keepdims=True))
        last[:] = x, axis, e / np.sum(e, axis=axis, keepdims=True)
    p, g = last[2], wide(cotangent)
    return (p * (g - np.sum(p * g, axis=axis, keepdims=True))).astype(x.dtype)
