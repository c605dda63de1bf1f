"""The logarithm of the number of classes is kept without the dtype it was rounded to."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/accuracy",)
DTYPES = ("float32", "float64")

kept = {}


def log_softmax(x, axis=-1):
    n = x.shape[axis]
    log_n = kept.setdefault(n, np.log(np.full((), n, x.dtype))).astype(x.dtype)
    shifted = x - x.max(axis=axis, keepdims=True)
    mean = np.exp(shifted).mean(axis=axis, keepdims=True)
    return shifted - (np.log(mean) + log_n)
