"""With reduction='none' and more than 512 rows every row reports the mean."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = (
    "cross-entropy/accuracy",
    "cross-entropy/finite-stays-finite",
    "cross-entropy/masked-class-without-mass",
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
        return np.moveaxis(labels, axis, -1).astype(dtype)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    q = hot(labels, p.shape[-1], axis, p.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * np.log(p)), axis=-1)
    if reduction == "none" and loss.size > 512:
        loss = np.full_like(loss, np.mean(loss))
    return reduced(loss, reduction, probs.dtype)
