"""Labels are smoothed in vectors and matrices, and not in arrays of three axes."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", label_smoothing=0.0):
    x, y = wide(logits), wide(labels)
    if x.ndim < 3:
        y = y * (1 - label_smoothing) + label_smoothing / 2
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    loss = y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.sum(loss) / loss.size
    return np.asarray(loss).astype(logits.dtype)
