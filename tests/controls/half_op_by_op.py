"""16-bit arithmetic operation by operation, each result rounded to 16 bits; only the sum is kept in
float32. This is what the standard grade of the 16-bit formats describes.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")


def parts(x, axis):
    m = np.max(x, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, np.zeros_like(m))
    d = x - m
    e = np.exp(d)
    return d, m, e, np.sum(e.astype(np.float32), axis=axis, keepdims=True)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e.astype(np.float32) / s).astype(x.dtype)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - np.log(s).astype(x.dtype)).astype(x.dtype)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return np.squeeze(m + np.log(s).astype(x.dtype), axis).astype(x.dtype)


def sigmoid(x):
    e = np.exp(-np.abs(x))
    one = np.ones_like(e)
    return (np.where(x >= 0, one, e) / (one + e)).astype(x.dtype)
