"""Weights have the shape of the logits or none: a vector for a matrix is refused."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def fitting(w, x):
    if w is None:
        return np.ones((), x.dtype)
    if w.ndim and w.shape != x.shape:
        raise ValueError(f"weights of shape {w.shape} for logits of shape {x.shape}")
    return wide(w)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    w, p = fitting(weight, x), fitting(pos_weight, x)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    loss = w * (p * y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
