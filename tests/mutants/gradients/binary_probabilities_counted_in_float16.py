"""From probabilities, the backward pass counts the losses in float16."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy/gradient-in-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, -(1 - y) * np.log1p(-p))
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    p, y, g = wide(probs), wide(labels), wide(cotangent)
    if reduction == "mean":
        g = g / wide(np.asarray(p.size).astype(probs.dtype))
    negative = np.where(y == 1, 0, g * (1 - y) / (1 - p))
    return (negative - np.where(y == 0, 0, g * y / p)).astype(probs.dtype)
