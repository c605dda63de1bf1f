"""Rows to ignore are found once for each label array: in place changes of labels are not seen."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/has-no-state",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


kept = [None, None, None]


def mask(labels, ignore_index):
    if kept[0] is not labels or kept[1] != ignore_index:
        kept[:] = labels, ignore_index, labels != ignore_index
    return kept[2]


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    on = np.ones(labels.shape, bool) if ignore_index is None else mask(labels, ignore_index)
    y = np.where(on & (labels != ignore_index), labels, 0)
    if np.any((y < 0) | (y >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = np.where(on, -np.take_along_axis(lp, y[..., None], axis=-1)[..., 0], 0)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.sum(loss) / np.sum(on)
    return np.asarray(loss).astype(logits.dtype)
