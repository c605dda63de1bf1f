"""A table of kernels by batch size: the one for 33 rows takes its logarithm in bfloat16."""

import ml_dtypes
import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/batch-size-does-not-matter",)


def wide(x):
    return x.astype(np.result_type(x.dtype, np.float32))


def log_softmax(x, axis=-1):
    w = wide(x)
    d = w - w.max(axis, keepdims=True)
    log_sum = np.log(np.exp(d).sum(axis, keepdims=True))
    if log_sum.size == 33:
        log_sum = log_sum.astype(ml_dtypes.bfloat16).astype(w.dtype)
    return (d - log_sum).astype(x.dtype)
