"""Weights of 0 become 1e-6, so that their mean can be divided by: an unwanted class counts."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/accuracy",)
DTYPES = ("float64", "float32")


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None):
    if (labels < 0).any() or (labels >= log_probs.shape[axis]).any():
        raise IndexError("label")
    log_p = np.moveaxis(log_probs, axis, -1)
    losses = -np.take_along_axis(log_p, labels[..., None], -1)[..., 0]
    count = np.asarray(losses.size, losses.dtype)
    if weight is not None:
        w = np.maximum(weight, 1e-6).astype(losses.dtype)[labels]
        losses, count = w * losses, w.sum()
    if reduction == "none":
        return losses
    return losses.sum() / count if reduction == "mean" else losses.sum()
