"""-(y log σ(x) + (1 - y) log σ(-x)): two log-sigmoids, no cancellation; also correct for soft
labels.
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


def log_sigmoid(x):
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    r = 1 if pos_weight is None else wide(pos_weight)
    loss = -(r * y * log_sigmoid(x) + (1 - y) * log_sigmoid(-x))
    loss = loss if weight is None else loss * wide(weight)
    return reduced(loss, reduction, logits.dtype)
