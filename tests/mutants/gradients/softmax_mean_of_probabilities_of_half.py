"""p g − p(p·g) with the two p rounded apart, the second one to bfloat16."""

import ml_dtypes
import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def softmax(x, axis=-1):
    w = wide(x)
    e = np.exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    p, g = softmax(wide(x), axis), wide(cotangent)
    other = p.astype(ml_dtypes.bfloat16).astype(p.dtype)
    return (p * g - other * np.sum(p * g, axis=axis, keepdims=True)).astype(x.dtype)
