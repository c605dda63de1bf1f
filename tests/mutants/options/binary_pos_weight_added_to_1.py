"""pos_weight is taken as what is added to 1: the factor of the positives is 1 + pos_weight."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/pos-weight-one-is-neutral",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    positive = y if pos_weight is None else y * (1 + wide(pos_weight))
    loss = positive * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
