"""The denominator p (1 - p) is clamped to 1e-12, so that the gradient shrinks where it should grow
(pytorch#103316).
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "subtle"
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
    grad = g * (p - y) / np.maximum(p * (1 - p), 1e-12)
    return np.asarray(grad).astype(probs.dtype)
