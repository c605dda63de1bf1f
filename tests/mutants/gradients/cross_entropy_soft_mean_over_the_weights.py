"""The weighted mean of soft labels divides by the rows; its gradient by the sum of the weights."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-of-a-weighted-soft-mean",)
DTYPES = ("float32",)


def _parts(logits, labels, axis, weight):
    if labels.dtype.kind != "f":
        raise NotImplementedError("distributions only")
    x, q = (np.moveaxis(a, axis, -1).astype(np.float64) for a in (logits, labels))
    with np.errstate(all="ignore"):
        d = x - x.max(axis=-1, keepdims=True)
        log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p, q if weight is None else q * weight


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    log_p, a = _parts(logits, labels, axis, weight)
    with np.errstate(all="ignore"):
        loss = -np.where(a == 0, 0, a * log_p).sum(axis=-1)
        if reduction != "none":
            loss = loss.sum() / (loss.size if reduction == "mean" else 1)
    return np.asarray(loss, logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", weight=None
):
    log_p, a = _parts(logits, labels, axis, weight)
    with np.errstate(all="ignore"):
        g = np.exp(log_p) * a.sum(axis=-1, keepdims=True) - a
        g = g * (cotangent[..., None] if reduction == "none" else cotangent)
        if reduction == "mean":
            g = g / (a[..., 0].size if weight is None else a.sum() or 1)
    return np.moveaxis(g, -1, axis).astype(logits.dtype)
