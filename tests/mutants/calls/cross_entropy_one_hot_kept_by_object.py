"""The one-hot rows of the last labels are kept as long as the array is the same object: labels
that were changed in place count as before.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/has-no-state",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


last = [None, None]


def one_hot(labels, n):
    if last[0] is not labels or last[1].shape[-1] != n:
        last[:] = labels, labels[..., None] == np.arange(n)
    return last[1]


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.sum(np.where(one_hot(labels, x.shape[-1]), lp, 0), axis=-1)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
