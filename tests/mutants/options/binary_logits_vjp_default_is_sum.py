"""Without reduction= the loss is a mean and its gradient that of a sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/default-reduction-is-mean",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    tail = np.log1p(np.exp(-np.abs(x)))
    with np.errstate(invalid="ignore"):
        positive = np.where(y == 0, 0, y * (np.maximum(-x, 0) + tail))
        negative = np.where(y == 1, 0, (1 - y) * (np.maximum(x, 0) + tail))
    loss = positive + negative
    reduced = {"none": lambda v: v, "sum": np.sum, "mean": np.mean}[reduction]
    with np.errstate(all="ignore"):
        return np.asarray(reduced(loss)).astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, reduction="sum"):
    x, y = wide(logits), wide(labels)
    e = np.exp(-np.abs(x))
    up, down = np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)
    g = wide(cotangent) / x.size if reduction == "mean" else wide(cotangent)
    return (g * ((1 - y) * up - y * down)).astype(logits.dtype)
