"""The factors of the slope are multiplied with each other first: in float16 they may overflow."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float16")


def logistic(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def binary_cross_entropy_with_logits(logits, labels, weight=1, pos_weight=1, reduction="mean"):
    x, y = (a.astype(np.float32) for a in (logits, labels))
    soft = np.log1p(np.exp(-np.abs(x)))
    positive = np.where(y == 0, 0, pos_weight * y * (np.maximum(-x, 0) + soft))
    negative = np.where(y == 1, 0, (1 - y) * (np.maximum(x, 0) + soft))
    loss = np.where(np.equal(weight, 0), 0 * soft, weight * (positive + negative))
    reduced = {"none": lambda a: a, "sum": np.sum, "mean": np.mean}[reduction](loss)
    return np.asarray(reduced).astype(logits.dtype)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, weight=1, pos_weight=1, reduction="mean"
):
    x, y, one = logits, labels, logits.dtype.type(1)
    outside = cotangent * weight * np.ones_like(x)
    slope = outside * (one - y) * logistic(x) - outside * pos_weight * y * logistic(-x)
    return (slope / np.float32(x.size)).astype(x.dtype) if reduction == "mean" else slope
