"""The logarithms are normalised once more: a distribution stays, other numbers do not."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    last = np.moveaxis(wide(log_probs), axis, -1)
    d = last - last.max(axis=-1, keepdims=True)
    logs = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    losses = -np.take_along_axis(logs, labels[..., None], -1)[..., 0]
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(log_probs.dtype)
