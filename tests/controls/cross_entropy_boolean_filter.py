"""Ignored rows are filtered out with a boolean index before anything is computed, and put back as
zeros for reduction none.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None
):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    y = labels[kept]
    if np.any((y < 0) | (y >= n)):
        raise IndexError("label out of range")
    w = np.ones(n, x.dtype) if weight is None else wide(weight)
    loss = -w[y] * log_p(x[kept])[np.arange(len(y)), y]
    if reduction == "mean":
        return np.asarray(np.sum(loss) / np.sum(w[y])).astype(logits.dtype)
    if reduction == "sum":
        return np.asarray(np.sum(loss)).astype(logits.dtype)
    full = np.zeros(labels.shape, logits.dtype)
    full[kept] = loss.astype(logits.dtype)
    return full
