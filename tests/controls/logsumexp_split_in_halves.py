"""The log-sum-exp of a row as logaddexp of the two halves, recursively."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def tree(w):
    n = w.shape[-1]
    if n == 1:
        return w[..., 0]
    if n % 2:
        w = np.concatenate([w, np.full((*w.shape[:-1], 1), -np.inf, w.dtype)], axis=-1)
    return tree(np.logaddexp(w[..., ::2], w[..., 1::2]))


def logsumexp(x, axis=-1):
    return tree(np.moveaxis(wide(x), axis, -1)).astype(x.dtype)
