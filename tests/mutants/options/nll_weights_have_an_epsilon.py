"""An ε beside the sum of the weights that the mean is divided by: nothing, until they are small."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/weights-scale-the-sum",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None):
    losses = -picked(log_probs, labels, axis)
    losses = losses if weight is None else losses * weight[labels]
    if reduction != "none":
        total = np.ones_like(losses) if weight is None else weight[labels]
        losses = losses.sum() / (total.sum() + 1e-7 if reduction == "mean" else 1)
    return np.asarray(losses).astype(log_probs.dtype)
