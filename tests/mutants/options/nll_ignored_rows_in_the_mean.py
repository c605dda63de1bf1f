"""Ignored rows cost nothing, but the mean counts them."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/ignoring-is-filtering",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean", ignore_index=None):
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    if np.any(kept & ((labels < 0) | (labels >= log_probs.shape[axis]))):
        raise IndexError("a label is no class")
    losses = np.where(kept, -picked(log_probs, np.where(kept, labels, 0), axis), 0)
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(log_probs.dtype)
