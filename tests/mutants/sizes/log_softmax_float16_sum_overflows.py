"""The sum is rounded to float16: log-probabilities of 65,520 equal logits are -inf."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/carries-long-sums",)


def parts(x, axis):
    """Differences and the sum, which float32 adds and float16 keeps."""
    d = x.astype(np.float32) - np.max(x, axis=axis, keepdims=True).astype(np.float32)
    total = np.sum(np.exp(d), axis=axis, keepdims=True)
    return d, total.astype(np.float16).astype(np.float32)


def log_softmax(x, axis=-1):
    d, total = parts(x, axis)
    return (d - np.log(total)).astype(x.dtype)
