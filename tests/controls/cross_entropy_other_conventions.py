"""Weights multiply z, α is shared by the classes that a mask keeps, soft means are of weights."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")


def _log_p(logits, axis, where):
    x = np.moveaxis(logits, axis, -1).astype(np.float64)
    kept = np.ones(x.shape, bool)
    if where is not None:
        kept = np.moveaxis(np.broadcast_to(where, logits.shape), axis, -1)
    with np.errstate(all="ignore"):
        x = np.where(kept, x, -np.inf)
        m = x.max(axis=-1, keepdims=True)
        rest = np.log(np.exp(x - m).sum(axis=-1, keepdims=True))
        return x - m - rest, m + rest, kept


def _targets(labels, axis, kept, weight, label_smoothing):
    n = kept.shape[-1]
    if labels.dtype.kind == "f":
        q = np.moveaxis(labels, axis, -1).astype(np.float64)
    elif ((labels < 0) | (labels >= n)).any():
        raise IndexError("label out of range")
    else:
        q = (np.arange(n) == labels[..., None]).astype(np.float64)
    w = np.ones(n) if weight is None else weight.astype(np.float64)
    with np.errstate(all="ignore"):
        shares = kept / kept.sum(axis=-1, keepdims=True)
    if label_smoothing:
        q = (1 - label_smoothing) * q + label_smoothing * shares
    return w * q, (w * q).sum(axis=-1) if labels.dtype.kind == "f" else w[labels]


def _factor(weights, weight):
    """What multiplies z: a weight that was given."""
    return np.ones_like(weights) if weight is None else weights


def _count(labels, size, weights, weight):
    return size if weight is None else weights.sum()


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, label_smoothing=0.0, where=None,
    z_loss=0.0,
):
    log_p, lse, kept = _log_p(logits, axis, where)
    a, weights = _targets(labels, axis, kept, weight, label_smoothing)
    with np.errstate(all="ignore"):
        loss = -np.where(a == 0, 0, a * log_p).sum(axis=-1)
        if z_loss:
            loss = loss + _factor(weights, weight) * z_loss * lse[..., 0] ** 2
        if reduction == "mean":
            loss = loss.sum() / _count(labels, loss.size, weights, weight)
        elif reduction == "sum":
            loss = loss.sum()
        return np.asarray(loss).astype(logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", weight=None, label_smoothing=0.0,
    where=None, z_loss=0.0,
):
    log_p, lse, kept = _log_p(logits, axis, where)
    a, weights = _targets(labels, axis, kept, weight, label_smoothing)
    with np.errstate(all="ignore"):
        p = np.exp(log_p)
        g = p * a.sum(axis=-1, keepdims=True) - a
        if z_loss:
            g = g + _factor(weights, weight)[..., None] * 2 * z_loss * lse * p
        if reduction == "none":
            g = g * cotangent[..., None]
        else:
            size = _count(labels, weights.size, weights, weight)
            g = g * cotangent / (size if reduction == "mean" else 1)
        return np.moveaxis(g, -1, axis).astype(logits.dtype)
