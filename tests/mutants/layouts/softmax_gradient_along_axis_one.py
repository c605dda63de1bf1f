"""The gradient sums along axis 1, which is the last one of a matrix only."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/gradient-batch-shape-does-not-matter",)
DTYPES = ("float32",)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_vjp(x, cotangent):
    p = softmax(x)
    axis = min(1, x.ndim - 1)
    return p * (cotangent - (p * cotangent).sum(axis=axis, keepdims=True))
