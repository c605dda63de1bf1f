"""The losses are added in the 16-bit format itself: the sum stalls or overflows."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/mean-of-one-loss",
    "binary-cross-entropy-with-logits/accuracy",
)


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
    if reduction == "mean" and loss.size:
        total = np.cumsum(loss.astype(logits.dtype), dtype=logits.dtype)[-1]
        return np.asarray(wide(total) / loss.size).astype(logits.dtype)
    return reduced(loss, reduction, logits.dtype)
