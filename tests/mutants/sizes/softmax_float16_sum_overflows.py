"""The sum is rounded to float16: 65,520 equal logits have probabilities of 0."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/carries-long-sums",)


def parts(x, axis):
    """Differences and the sum, which float32 adds and float16 keeps."""
    d = x.astype(np.float32) - np.max(x, axis=axis, keepdims=True).astype(np.float32)
    total = np.sum(np.exp(d), axis=axis, keepdims=True)
    return d, total.astype(np.float16).astype(np.float32)


def softmax(x, axis=-1):
    d, total = parts(x, axis)
    return (np.exp(d) / total).astype(x.dtype)
