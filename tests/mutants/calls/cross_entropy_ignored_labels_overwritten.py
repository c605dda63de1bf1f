"""Ignored labels are set to 0 in the caller's array, so that they can be gathered."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/leaves-arguments-alone",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    kept = labels != ignore_index if ignore_index is not None else np.ones(labels.shape, bool)
    if labels.flags.writeable:
        labels[~kept] = 0
    index = np.where(kept, labels, 0).astype(np.intp)
    if np.any((index < 0) | (index >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = np.where(kept, -np.take_along_axis(lp, index[..., None], axis=-1)[..., 0], 0)
    if reduction == "mean":
        return np.asarray(np.sum(loss) / np.sum(kept)).astype(logits.dtype)
    return reduced(loss, reduction, logits.dtype)
