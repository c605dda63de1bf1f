"""Arrays of more than 100,000 elements are done in chunks of 16,384; the rest is not done."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy",)
DTYPES = ("float32",)


def _f(v):
    e = np.exp(-np.abs(v.astype(np.float64)))
    return np.where(v < 0, e / (1 + e), 1 / (1 + e)).astype(v.dtype)


def sigmoid(x):
    if x.size <= 100_000:
        return _f(x)
    flat = np.ravel(x)
    out = np.zeros_like(flat)
    for k in range(flat.size // 16384):
        out[k * 16384 : (k + 1) * 16384] = _f(flat[k * 16384 : (k + 1) * 16384])
    return out.reshape(x.shape)
