"""An ignore_index of C and more is taken modulo 256, as labels once were bytes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def kept_rows(labels, ignore_index):
    if ignore_index is None:
        return np.ones(labels.shape, bool)
    return labels != (ignore_index % 256 if ignore_index >= 256 else ignore_index)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    kept = kept_rows(labels, ignore_index)
    index = np.where(kept, labels, 0).astype(np.intp)
    if np.any((index < 0) | (index >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = np.where(kept, -np.take_along_axis(lp, index[..., None], axis=-1)[..., 0], 0)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.sum(loss) / np.sum(kept)
    return np.asarray(loss).astype(logits.dtype)
