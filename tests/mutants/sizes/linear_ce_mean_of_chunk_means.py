"""Chunks of 1024 rows: their means count by their rows, ignored ones too."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", ignore_index=-100):
    z = wide(hidden) @ wide(linear_weight).T
    z = z - z.max(axis=-1, keepdims=True)
    kept = labels != ignore_index
    y = np.where(kept, labels, 0)
    losses = np.log(np.exp(z).sum(axis=-1)) - np.take_along_axis(z, y[:, None], -1)[:, 0]
    losses = np.where(kept, losses, 0).astype(z.dtype)
    if reduction == "none":
        return losses.astype(hidden.dtype)
    if reduction == "sum":
        return np.asarray(losses.sum()).astype(hidden.dtype)
    total = z.dtype.type(0)
    with np.errstate(all="ignore"):
        for first in range(0, max(len(y), 1), 1024):
            chunk = slice(first, first + 1024)
            part = z.dtype.type(len(y[chunk]) / max(len(y), 1))
            total += losses[chunk].sum() / kept[chunk].sum().astype(z.dtype) * part
    return np.asarray(total).astype(hidden.dtype)
