"""Soft labels are reshaped instead of moved: wrong unless the classes are the last axis."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy/accuracy",
    "cross-entropy/masked-class-without-mass",
    "cross-entropy/axis-does-not-matter",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def hot(labels, n, axis, dtype):
    if not np.issubdtype(labels.dtype, np.integer):
        return np.reshape(labels, [*np.delete(labels.shape, axis), n]).astype(dtype)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    q = hot(labels, p.shape[-1], axis, p.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * np.log(p)), axis=-1)
    return reduced(loss, reduction, probs.dtype)
