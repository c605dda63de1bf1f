"""The element weights are missing in the gradient."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/gradient-accuracy",
    "binary-cross-entropy-with-logits/linear-in-the-cotangent",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def halves(x):
    """σ(x) and σ(-x)."""
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)


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
    return reduced(loss, reduction, logits.dtype)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    s, q = halves(x)
    positive = y if pos_weight is None else y * wide(pos_weight)
    slope = (1 - y) * s - positive * q
    g = wide(cotangent) / np.asarray(x.size, x.dtype) if reduction == "mean" else wide(cotangent)
    return np.asarray(g * slope).astype(logits.dtype)
