"""Binary cross-entropy from probabilities with log1p(-p) and 0 log 0 = 0, and its gradient (p - y)
/ (p (1 - p)) in the form of two quotients.
"""

import numpy as np

BACKEND = "numpy"


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
    loss = np.where(y == 0, 0, -y * np.log(p)) + np.where(y == 1, 0, -(1 - y) * np.log1p(-p))
    return reduced(loss, reduction, probs.dtype)


def binary_cross_entropy_vjp(probs, labels, cotangent, reduction="mean"):
    p, y = wide(probs), wide(labels)
    g = wide(cotangent) / np.asarray(p.size, p.dtype) if reduction == "mean" else wide(cotangent)
    negative = np.where(y == 1, 0, g * (1 - y) / (1 - p))
    return (negative - np.where(y == 0, 0, g * y / p)).astype(probs.dtype)
