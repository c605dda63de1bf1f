"""The mean runs over the last axis only, the rest is added."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    positive = y if pos_weight is None else y * wide(pos_weight)
    loss = positive * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    loss = loss if weight is None else loss * wide(weight)
    if reduction == "mean" and loss.ndim > 1:
        return np.asarray(np.sum(np.mean(loss, axis=-1))).astype(logits.dtype)
    return reduced(loss, reduction, logits.dtype)
