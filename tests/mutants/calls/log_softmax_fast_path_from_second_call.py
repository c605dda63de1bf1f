"""From the second call of a shape on a fast path computes x - (m + log S)."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = (
    "log-softmax/layout-does-not-matter",
    "log-softmax/axis-does-not-matter",
    "log-softmax/default-axis-is-the-last",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


seen = set()


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - np.max(w, axis=axis, keepdims=True)
    if (x.shape, x.dtype.str) in seen:
        m = np.max(w, axis=axis, keepdims=True)
        total = np.sum(np.exp(d), axis=axis, keepdims=True)
        return (w - (m + np.log(total))).astype(x.dtype)
    seen.add((x.shape, x.dtype.str))
    return (d - np.log(np.sum(np.exp(d), axis=axis, keepdims=True))).astype(x.dtype)
