"""The quotient rule as written, e (g S - Σ e g) / S², with S² in float16: it overflows for S
> 255.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).astype(x.dtype)


def softmax_vjp(x, cotangent, axis=-1):

    _, _, e, s = parts(x, axis)
    g = wide(cotangent)
    square = wide((s * s).astype(x.dtype))
    dot = np.sum(e * g, axis=axis, keepdims=True)
    return (e * (g * s - dot) / square).astype(x.dtype)
