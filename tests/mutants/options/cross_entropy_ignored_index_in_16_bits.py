"""Ignored rows are found by the last 16 bits of their labels: 65,436 is -100."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/high-labels-are-whole",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=-100):
    x = np.moveaxis(wide(logits), axis, -1)
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    small = -(2**15) <= ignore_index < 0
    kept = (labels.astype(np.int16) if small else labels) != ignore_index
    labels = np.where(kept, labels, 0)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.int64), -1)[..., 0]
    loss = np.where(kept, loss, 0)
    if reduction == "mean":
        loss = np.sum(loss) / np.sum(kept) if np.any(kept) else np.nan
    elif reduction == "sum":
        loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
