"""Square matrices of logits: the pos_weight of the transposed element."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    w = np.ones((), x.dtype) if pos_weight is None else wide(pos_weight)
    if w.ndim == 2 and w.shape[0] == w.shape[1]:
        w = w.T
    loss = w * y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
