"""The backward pass finds a mask for all heads at row // (B·Q) in place of row // (H·Q)."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-of-a-shared-mask",)
DTYPES = ("float32",)


def _padding(where, x):
    """The mask (B, 1, 1 or Q, K) of each row, which is found by its number."""
    if where is None or x.ndim != 4 or where.ndim != 4:
        return where
    if where.shape[1] != 1 or len(where) != len(x) or where.shape[3] != x.shape[3]:
        return where
    b, h, q, k = x.shape
    row = np.arange(b * h * q)
    batch = np.minimum(row // (b * q), len(where) - 1)
    return where[batch, 0, row % q % where.shape[2]].reshape(b, h, q, where.shape[3])


def softmax(x, axis=-1, where=None):
    with np.errstate(all="ignore"):
        x = x if where is None else np.where(where, x, x.dtype.type(-np.inf))
        e = np.exp(x - x.max(axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def softmax_vjp(x, cotangent, axis=-1, where=None):
    where = _padding(where, x)
    p = softmax(x, axis, where)
    with np.errstate(all="ignore"):
        g = cotangent if where is None else np.where(where, cotangent, x.dtype.type(0))
        return p * (g - (p * g).sum(axis=axis, keepdims=True))
