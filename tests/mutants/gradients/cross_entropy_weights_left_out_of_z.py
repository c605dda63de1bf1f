"""The label's weight multiplies the loss and its z; in the gradient the loss alone."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-of-z-loss-beside-weights",)
DTYPES = ("float32",)


def _parts(logits, labels, axis, weight):
    x, n = np.moveaxis(logits, axis, -1).astype(np.float64), logits.shape[axis]
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    if ((labels < 0) | (labels >= n)).any():
        raise IndexError("label out of range")
    with np.errstate(all="ignore"):
        m = x.max(axis=-1, keepdims=True)
        rest = np.log(np.exp(x - m).sum(axis=-1, keepdims=True))
        log_p = x - m - rest
    return log_p, m + rest, labels[..., None].astype(int), np.ones(n) if weight is None else weight


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None, z_loss=0.0):
    log_p, lse, y, w = _parts(logits, labels, axis, weight)
    with np.errstate(all="ignore"):
        loss = w[y] * (z_loss * lse**2 - np.take_along_axis(log_p, y, -1))
        total = loss.sum() / w[y].sum() if reduction == "mean" else loss.sum()
    return np.asarray(loss[..., 0] if reduction == "none" else total, logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", weight=None, z_loss=0.0
):
    log_p, lse, y, w = _parts(logits, labels, axis, weight)
    with np.errstate(all="ignore"):
        p = np.exp(log_p)
        g = w[y] * (p - (np.arange(p.shape[-1]) == y)) + 2 * z_loss * lse * p
        rate = cotangent[..., None] if reduction == "none" else cotangent
        g = g * rate / (w[y].sum() if reduction == "mean" else 1)
    return np.moveaxis(g, -1, axis).astype(logits.dtype)
