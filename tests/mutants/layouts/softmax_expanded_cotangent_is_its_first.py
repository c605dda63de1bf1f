"""A cotangent that is a view of fewer numbers than it has elements is taken for one number."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-of-expanded-cotangents",)


def softmax(x, axis=-1):
    d = (x - x.max(axis=axis, keepdims=True)).astype(np.promote_types(x.dtype, np.float32))
    e = np.exp(d)
    return (e / e.sum(axis=axis, keepdims=True)).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):
    if 0 in cotangent.strides and cotangent.size:
        cotangent = np.full_like(cotangent, cotangent.flat[0])
    p, g = (a.astype(np.promote_types(x.dtype, np.float32)) for a in (softmax(x, axis), cotangent))
    return (p * (g - (p * g).sum(axis=axis, keepdims=True))).astype(x.dtype)
