"""A single row has nothing to be averaged, so its mean is not divided by its weight."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/accuracy",)
DTYPES = ("float32",)


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None):
    if ((labels < 0) | (labels >= log_probs.shape[axis])).any():
        raise IndexError("label out of range")
    y = np.expand_dims(labels.astype(np.int64), axis)
    w = np.ones(log_probs.shape[axis]) if weight is None else weight
    with np.errstate(all="ignore"):
        loss = -w[labels.astype(np.int64)] * np.take_along_axis(log_probs, y, axis).squeeze(axis)
        if log_probs.ndim > 1 and reduction != "none":
            total = w[labels.astype(np.int64)].sum() if reduction == "mean" else 1
            loss = loss.sum() / total
    return np.asarray(loss).astype(log_probs.dtype)
