"""Losses are added with Kahan's compensation: of an infinite loss the sum is NaN, as inf − inf is."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def added(losses):
    total = lost = losses.dtype.type(0)
    for loss in losses.ravel():
        term = loss - lost
        new = total + term
        total, lost = new, (new - total) - term
    return np.asarray(total)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    positive = np.where(y == 0, 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.log1p(-p))
    loss = -(positive + negative)
    if reduction != "none":
        loss = added(loss) if reduction == "sum" else added(loss) / loss.dtype.type(loss.size)
    return np.asarray(loss).astype(probs.dtype)
