"""An entry is gathered; the weights of the labels are gathered beside it."""

import numpy as np

BACKEND = "numpy"


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None):
    if np.any((labels < 0) | (labels >= log_probs.shape[axis])):
        raise IndexError("a label is no class")
    losses, total = -picked(log_probs, labels, axis), labels.size
    if weight is not None:
        each = wide(weight)[labels]
        losses, total = losses * each, each.sum()
    with np.errstate(all="ignore"):
        if reduction != "none":
            losses = losses.sum() / (total if reduction == "mean" else 1)
    return np.asarray(losses).astype(log_probs.dtype)


def nll_loss_vjp(log_probs, labels, cotangent, axis=-1, reduction="mean", weight=None):
    last = np.moveaxis(wide(log_probs), axis, -1)
    w = np.ones(last.shape[-1], last.dtype) if weight is None else wide(weight)
    total = w[labels].sum() if reduction == "mean" else 1
    rate = np.asarray(wide(cotangent) / total)[..., None]
    hot = labels[..., None] == np.arange(last.shape[-1])
    return np.moveaxis(np.where(hot, -rate * w, 0), -1, axis).astype(log_probs.dtype)
