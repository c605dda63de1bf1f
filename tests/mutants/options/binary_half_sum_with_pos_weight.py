"""The sum of a mean is rounded to float16 before it is divided, if there is a pos_weight."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/reduces-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    positive = y if pos_weight is None else y * wide(pos_weight)
    loss = positive * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    loss = loss if weight is None else loss * wide(weight)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        total = np.sum(loss)
        total = total if pos_weight is None else wide(total.astype(logits.dtype))
        loss = total / loss.size
    return np.asarray(loss).astype(logits.dtype)
