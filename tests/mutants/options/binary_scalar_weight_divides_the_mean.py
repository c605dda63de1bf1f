"""A scalar weight of the binary loss divides out of the mean: it is taken for a normaliser."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    w = 1 if weight is None else wide(weight)
    x, y = wide(logits), wide(labels)
    loss = w * (np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss) / (w if np.ndim(w) == 0 and weight is not None and w > 0 else 1)
    return np.asarray(loss).astype(logits.dtype)
