"""The gradient takes a scalar weight once more for each axis of the batch beyond the first."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    w = 1 if weight is None else wide(weight)
    x, y = wide(logits), wide(labels)
    loss = w * (np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, reduction="mean", weight=None):
    w = np.asarray(1.0 if weight is None else wide(weight))
    if w.ndim == 0:
        w = w ** max(logits.ndim, 1)
    x, y, g = wide(logits), wide(labels), wide(cotangent)
    e = np.exp(-np.abs(x))
    s = np.where(x >= 0, 1, e) / (1 + e)
    if reduction == "mean":
        g = g / max(x.size, 1)
    return (g * w * (s - y)).astype(logits.dtype)
