"""The gradient has p in it, as that of a cross-entropy from logits has."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/gradient-accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def picked(log_probs, labels, axis):
    """The entries that class indices name."""
    last = np.moveaxis(wide(log_probs), axis, -1)
    return np.take_along_axis(last, labels[..., None], -1)[..., 0]


def nll_loss(log_probs, labels, axis=-1, reduction="mean"):
    losses = -picked(log_probs, labels, axis)
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(log_probs.dtype)


def nll_loss_vjp(log_probs, labels, cotangent, axis=-1, reduction="mean"):
    last = np.moveaxis(wide(log_probs), axis, -1)
    hot = labels[..., None] == np.arange(last.shape[-1])
    rate = np.asarray(cotangent / labels.size if reduction == "mean" else cotangent)
    slope = rate[..., None] * (np.exp(last) - hot)
    return np.moveaxis(slope, -1, axis).astype(log_probs.dtype)
