"""The first class of a tile of 3,072, but the second tile, is read as the last of the one before."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    y = labels[..., None].astype(np.int64)
    y = np.where((y % 3072 == 0) & (y > 3072), y - 1, y)
    loss = -np.take_along_axis(lp, y, -1)[..., 0]
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
