"""A mask (B, 1, 1, n) is one of each batch: it is given to the rows in turn."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-shared",)
DTYPES = ("float32",)


def softmax(x, axis=-1, where=None):
    if where is None:
        where = np.ones((), bool)
    if where.ndim == 4 and where.shape[1:3] == (1, 1) and axis in (-1, 3):
        batches = np.arange(x.size // x.shape[-1]) % len(where)
        where = where[batches, 0, 0].reshape(x.shape)
    x = np.where(where, x, -np.inf).astype(x.dtype)
    largest = x.max(axis=axis, keepdims=True)
    x = np.exp(x - np.where(largest == -np.inf, 0, largest).astype(x.dtype))
    return x / x.sum(axis=axis, keepdims=True)
