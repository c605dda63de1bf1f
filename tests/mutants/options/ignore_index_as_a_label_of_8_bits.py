"""The ignored index is converted to the labels' type: with uint8, −100 ignores class 156."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/ignored-index-is-whole",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, reduction="mean", ignore_index=None):
    x, n = wide(logits), logits.shape[-1]
    if ignore_index is not None:
        kept = labels != np.array(ignore_index).astype(labels.dtype)
    else:
        kept = np.ones(labels.shape, bool)
    y = np.where(kept, labels, 0).astype(np.int64)
    if np.any((y < 0) | (y >= n)):
        raise IndexError("no such class")
    with np.errstate(all="ignore"):
        d = x - np.max(x, axis=-1, keepdims=True, initial=-np.inf)
        loss = np.log(np.sum(np.exp(d), axis=-1)) - np.take_along_axis(d, y[..., None], -1)[..., 0]
        loss = np.where(kept, loss, 0).astype(x.dtype)
        if reduction == "mean":
            loss = np.sum(loss) / np.sum(kept).astype(x.dtype)
        elif reduction == "sum":
            loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
