"""Labels that are not int64 are read from one row further on: a stride counted in other bytes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/label-type-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    d = x - np.max(x, -1, keepdims=True)
    at = labels if labels.dtype.itemsize == 8 else np.roll(labels, -1)
    loss = np.log(np.sum(np.exp(d), -1)) - np.take_along_axis(d, at[..., None], -1)[..., 0]
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
