"""The gradient is p - y, as if with respect to the logit."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("binary-cross-entropy/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, (y - 1) * np.log1p(-p))
    return reduced(loss, reduction, probs.dtype)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    p, y = wide(probs), wide(labels)
    g = wide(cotangent) / np.asarray(p.size, p.dtype) if reduction == "mean" else wide(cotangent)
    grad = g * (p - y)
    return np.asarray(grad).astype(probs.dtype)
