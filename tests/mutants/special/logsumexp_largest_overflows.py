"""The shift is the maximum rounded up to a power of two: inf for the largest numbers."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = (
    "logsumexp/one-class-is-certain",
    "logsumexp/finite-stays-finite",
    "logsumexp/accuracy",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = np.max(w, axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0)
    power = np.exp2(np.ceil(np.log2(np.maximum(np.abs(m), 1))))
    m = np.where(np.abs(m) > np.finfo(w.dtype).max / 2, np.copysign(power, m), m).astype(w.dtype)
    s = np.sum(np.exp(w - m), axis=axis, keepdims=True)
    return np.squeeze(m + np.log(s), axis=axis).astype(x.dtype)
