"""A pos_weight (C, 1, 1) of images (N, C, H, W) is taken for one of rows where H is C."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/pos-weight-of-each-class",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    r = np.ones((), x.dtype) if pos_weight is None else wide(np.asarray(pos_weight))
    if r.ndim == 3 and x.ndim == 4 and len(r) == x.shape[2]:
        r = np.swapaxes(r, 0, 1)
    loss = r * y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.sum(loss) / loss.size
    return np.asarray(loss).astype(logits.dtype)
