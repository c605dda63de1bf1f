"""A smoothed loss as a mixture: (1 − s) of that of the label, s of the mean of both labels'."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(losses, reduction, dtype):
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    x, y = wide(logits), wide(labels)
    with np.errstate(all="ignore"):
        tail = np.log1p(np.exp(-np.abs(x)))
        if_positive = (np.maximum(-x, 0) + tail) * (1 if pos_weight is None else wide(pos_weight))
        if_negative = np.maximum(x, 0) + tail
        losses = np.where(y == 0, 0, y * if_positive) + np.where(y == 1, 0, (1 - y) * if_negative)
        if label_smoothing:
            losses = (1 - label_smoothing) * losses
            losses = losses + label_smoothing / 2 * (if_positive + if_negative)
        losses = losses if weight is None else losses * wide(weight)
    return reduced(losses, reduction, logits.dtype)
