"""From probabilities: the sum of a mean is rounded to float16, for floating labels."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy/reduces-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    if np.issubdtype(labels.dtype, np.integer):
        if np.any((labels < 0) | (labels >= p.shape[-1])):
            raise IndexError("label out of range")
        q = (labels[..., None] == np.arange(p.shape[-1])).astype(p.dtype)
    else:
        q = np.moveaxis(wide(labels), axis, -1)
    loss = -np.sum(np.where(q == 0, 0, q * np.log(p)), axis=-1)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        total = np.sum(loss)
        if not np.issubdtype(labels.dtype, np.integer):
            total = wide(total.astype(probs.dtype))
        loss = total / loss.size
    return np.asarray(loss).astype(probs.dtype)
