"""p = exp(x - L) from the L that was rounded to 16 bits: wrong by |L| u relative."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-accuracy", "logsumexp/gradient-rows-sum")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(x, axis):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(w - m)
    return w - m, m, e, np.sum(e, axis=axis, keepdims=True)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return np.squeeze(m + np.log(s), axis).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    g = np.expand_dims(wide(cotangent), axis)
    w = wide(x)
    _, m, e, s = parts(x, axis)
    low = wide(np.expand_dims(logsumexp(x, axis), axis))
    return (g * np.exp(w - np.where(np.isfinite(low), low, np.log(s) + m))).astype(x.dtype)
