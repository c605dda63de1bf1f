"""A weighted sum is the weighted mean times the weights: NaN where all rows are ignored."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/nothing-kept-sums-to-zero",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None, ignore_index=None):
    x = np.moveaxis(wide(log_probs), axis, -1)
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    y = np.where(kept, labels, 0).astype(np.int64)
    if np.any((y < 0) | (y >= x.shape[-1])):
        raise IndexError("label out of range")
    w = np.where(kept, 1 if weight is None else wide(weight)[y], 0).astype(x.dtype)
    with np.errstate(all="ignore"):
        loss = np.where(w == 0, 0, -w * np.take_along_axis(x, y[..., None], -1)[..., 0])
        if reduction != "none":
            total = w.sum()
            mean = loss.sum() / total
            loss = mean if reduction == "mean" else loss.sum() if weight is None else mean * total
    return np.asarray(loss).astype(log_probs.dtype)
