"""e^r by five terms for |r| < 0.35: an error of 2.6e-6."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def short_exp(x):
    k = np.round(x * np.log2(np.e))
    r = np.where(np.isfinite(x), x - k * np.log(2), 0)
    tail = 1 + r * (1 + r / 2 * (1 + r / 3 * (1 + r / 4 * (1 + r / 5))))
    small = np.where(np.isfinite(k), k, 0).astype(np.int64)
    return np.where(
        np.isnan(x), x, np.where(np.isfinite(x), np.ldexp(tail, np.maximum(small, -2000)), 0)
    )


def softmax(x, axis=-1):
    w = x.astype(np.float64)
    e = short_exp(w - np.max(w, axis=axis, keepdims=True))
    return (e / np.sum(e, axis=axis, keepdims=True)).astype(x.dtype)
