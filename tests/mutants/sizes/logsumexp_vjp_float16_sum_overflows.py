"""The gradient rounds its sum to float16: 0 for every class of a long flat row."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-of-long-sums",)


def parts(x, axis):
    """Differences and the sum, which float32 adds and float16 keeps."""
    d = x.astype(np.float32) - np.max(x, axis=axis, keepdims=True).astype(np.float32)
    total = np.sum(np.exp(d), axis=axis, keepdims=True)
    return d, total.astype(np.float16).astype(np.float32)


def logsumexp(x, axis=-1):
    w = x.astype(np.float32)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    total = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(total), axis).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    d, total = parts(x, axis)
    g = np.expand_dims(cotangent.astype(np.float32), axis)
    return (g * np.exp(d) / total).astype(x.dtype)
