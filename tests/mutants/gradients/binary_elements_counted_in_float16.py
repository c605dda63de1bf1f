"""The backward pass counts the elements in float16: from 65520 on the gradient is 0."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/gradient-in-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    loss = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(logits, labels, cotangent, reduction="mean"):
    x, y = wide(logits), wide(labels)
    e = np.exp(-np.abs(x))
    s, q = np.where(x < 0, e, 1) / (1 + e), np.where(x < 0, 1, e) / (1 + e)
    g = wide(cotangent)
    if reduction == "mean":
        g = g / wide(np.asarray(x.size).astype(logits.dtype))
    return (g * ((1 - y) * s - y * q)).astype(logits.dtype)
