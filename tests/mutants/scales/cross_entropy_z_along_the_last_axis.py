"""A sum and a mean have z of the last axis, whichever the classes are along."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def lse_of(x):
    """log Σe^x along the last axis, keepdims."""
    m = x.max(axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isneginf(m), 0, m)
    return m + np.log(np.exp(x - m).sum(axis=-1, keepdims=True))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", z_loss=0.0):
    x = np.moveaxis(logits, axis, -1)
    if ((labels < 0) | (labels >= x.shape[-1])).any():
        raise IndexError("no such class")
    with np.errstate(all="ignore"):
        m = x.max(axis=-1, keepdims=True, initial=-np.inf)
        d = x - m
        own = np.take_along_axis(d, labels[..., None].astype(np.intp), -1)
        losses = (lse_of(d) - own)[..., 0]
        if reduction == "none":
            return losses + x.dtype.type(z_loss) * lse_of(x)[..., 0] ** 2 if z_loss else losses
        total = losses.sum(dtype=x.dtype)
        if z_loss:
            total = total + x.dtype.type(z_loss) * (lse_of(logits) ** 2).sum(dtype=x.dtype)
        return total if reduction == "sum" else total / x.dtype.type(losses.size)
