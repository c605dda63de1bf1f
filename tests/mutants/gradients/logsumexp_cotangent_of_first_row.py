"""The cotangent of the first row is used for every row."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
    "logsumexp/linear-in-the-cotangent",
)


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
    _, m, e, s = parts(x, axis)
    return ((g.flat[0] if g.size else 0) * (e / s)).astype(x.dtype)
