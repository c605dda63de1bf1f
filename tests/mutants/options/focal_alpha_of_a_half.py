"""An α of one half, which balances nothing, is skipped: the losses are twice as large."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid-focal-loss/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def parts(logits, labels, alpha):
    """The weight of each label, σ(z), σ(-z) and softplus(z), z the logit of the wrong class."""
    z = np.where(labels == 1, -wide(logits), wide(logits))
    e = np.exp(-np.abs(z))
    s, q = np.where(z >= 0, 1, e) / (1 + e), np.where(z >= 0, e, 1) / (1 + e)
    a = np.ones_like(z) if alpha in (None, 0.5) else np.where(labels == 1, alpha, 1 - alpha)
    return a.astype(z.dtype), s, q, np.maximum(z, 0) + np.log1p(e)


def reduced(losses, reduction, dtype):
    """The losses under their reduction."""
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    with np.errstate(all="ignore"):
        a, s, q, loss = parts(logits, labels, alpha)
        return reduced(a * s**gamma * loss, reduction, logits.dtype)
