"""One row without a batch axis: the cotangent, a scalar, is left out."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
    "logsumexp/zero-cotangent-gives-zero",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)


def logsumexp_vjp(x, cotangent, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    e = np.exp(w - np.where(np.isfinite(m), m, 0))
    g = np.expand_dims(wide(cotangent), axis) if x.ndim > 1 else w.dtype.type(1)
    return (g * (e / np.sum(e, axis=axis, keepdims=True))).astype(x.dtype)
