"""The value shares α among the classes that a mask keeps, the gradient among all of them."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-of-smoothing-beside-a-mask",)
DTYPES = ("float32",)


def _parts(logits, labels, axis, where):
    x = np.moveaxis(logits, axis, -1).astype(np.float64)
    if labels.dtype.kind == "f":
        raise NotImplementedError("class indices only")
    if ((labels < 0) | (labels >= x.shape[-1])).any():
        raise IndexError("label out of range")
    kept = np.ones(x.shape, bool)
    if where is not None:
        kept = np.moveaxis(np.broadcast_to(where, logits.shape), axis, -1)
    with np.errstate(all="ignore"):
        x = np.where(kept, x, -np.inf)
        d = x - x.max(axis=-1, keepdims=True)
        log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p, np.arange(x.shape[-1]) == labels[..., None], kept


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", label_smoothing=0.0, where=None
):
    log_p, hot, kept = _parts(logits, labels, axis, where)
    q = (1 - label_smoothing) * hot + label_smoothing * kept / kept.sum(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        loss = -np.where(q > 0, q * log_p, 0).sum(axis=-1)
        if reduction != "none":
            loss = loss.sum() / (loss.size if reduction == "mean" else 1)
    return np.asarray(loss, logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", label_smoothing=0.0, where=None
):
    log_p, hot, kept = _parts(logits, labels, axis, where)
    q = (1 - label_smoothing) * hot + label_smoothing / hot.shape[-1]
    with np.errstate(all="ignore"):
        g = np.where(kept, np.exp(log_p) - q, 0)
        g = g * (cotangent[..., None] if reduction == "none" else cotangent)
        g = g / (labels.size if reduction == "mean" else 1)
    return np.moveaxis(g, -1, axis).astype(logits.dtype)
