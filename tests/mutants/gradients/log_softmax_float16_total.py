"""The cotangent is summed in float16 and overflows beyond 65504: finite values, infinite or NaN
gradients (jax#40409).
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/gradient-accuracy",)


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
    with np.errstate(over="ignore"):
        total = np.sum(g, axis=axis, keepdims=True).astype(x.dtype)
    return (g - p * wide(total)).astype(x.dtype)
