"""Elements beyond 65,536 have a positive weight of 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = wide(logits), wide(labels)
    with np.errstate(all="ignore"):
        tail = np.log1p(np.exp(-np.abs(x)))
        positive, negative = np.maximum(-x, 0) + tail, np.maximum(x, 0) + tail
        if pos_weight is not None:
            weights = np.broadcast_to(wide(pos_weight), x.shape).copy()
            weights.ravel()[65536:] = 1
            positive = positive * weights
        loss = np.where(y == 0, 0, y * positive) + np.where(y == 1, 0, (1 - y) * negative)
        loss = np.where(np.isnan(x), x, loss)
        if reduction == "none":
            return np.asarray(loss).astype(logits.dtype)
        total = np.sum(loss) / (x.size if reduction == "mean" else 1)
        return np.asarray(total).astype(logits.dtype)
