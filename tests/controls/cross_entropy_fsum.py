"""Sums over the batch are correctly rounded with math.fsum; what fsum refuses, a sum beyond the
largest number and opposite infinities, is added by NumPy.
"""

import math

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def total(values):
    try:
        return math.fsum(values.ravel())
    except (OverflowError, ValueError):
        return np.sum(values)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    q = hot(labels, x.shape[-1], axis, x.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * log_p(x)), axis=-1)
    if reduction != "none":
        loss = total(loss) / (np.float64(loss.size) if reduction == "mean" else 1)
    return np.asarray(loss).astype(logits.dtype)


def hot(labels, n, axis, dtype):
    if not np.issubdtype(labels.dtype, np.integer):
        return np.moveaxis(labels, axis, -1).astype(dtype)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)
