"""The total weight of the kept rows is remembered for the pair of label and weight arrays."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/has-no-state",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


known = [None, None, None]


def total(labels, weight):
    if known[0] is not labels or known[1] is not weight:
        known[:] = labels, weight, np.sum(wide(weight)[labels])
    return known[2]


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    weight = np.ones(n, x.dtype) if weight is None else weight
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -wide(weight)[labels] * np.take_along_axis(lp, labels[..., None], axis=-1)[..., 0]
    if reduction == "mean":
        loss = np.sum(loss) / total(labels, weight)
    elif reduction == "sum":
        loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
