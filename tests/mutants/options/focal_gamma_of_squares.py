"""A whole γ beyond 3 is counted down to an even one: powers of squares."""

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
    a = np.ones_like(z) if alpha is None else np.where(labels == 1, alpha, 1 - alpha)
    return a.astype(z.dtype), s, q, np.maximum(z, 0) + np.log1p(e)


def reduced(losses, reduction, dtype):
    """The losses under their reduction."""
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=None, gamma=2.0):
    with np.errstate(all="ignore"):
        a, s, q, loss = parts(logits, labels, alpha)
        power = gamma - gamma % 2 if gamma > 3 and gamma == int(gamma) else gamma
        return reduced(a * s**power * loss, reduction, logits.dtype)
