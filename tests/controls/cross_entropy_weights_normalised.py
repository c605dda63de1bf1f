"""The weighted mean with the weights divided by their sum first: one rounding more for each row,
inside theta + 3u.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    w = np.ones(x.shape[-1], x.dtype) if weight is None else wide(weight)
    loss = -np.take_along_axis(log_p(x), labels[..., None].astype(np.intp), axis=-1)[..., 0]
    rows = w[labels]
    if reduction == "mean":
        rows = rows / np.sum(rows)
    loss = rows * loss
    return np.asarray(loss if reduction == "none" else np.sum(loss)).astype(logits.dtype)
