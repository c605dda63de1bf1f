"""The gradient of a sum lacks 1/T where a mask is given."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)
DTYPES = ("float32",)


def parts(logits, labels, axis, where, temperature):
    x = logits if where is None else np.where(where, logits, -np.inf)
    x = np.moveaxis(x, axis, -1)
    d = (x - x.max(axis=-1, keepdims=True)) / np.float32(temperature)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    return log_p, (labels[..., None] == np.arange(x.shape[-1])).astype(x.dtype)


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", where=None, temperature=1.0
):
    if labels.dtype.kind == "f":
        raise TypeError("labels are indices")
    log_p, hot = parts(logits, labels, axis, where, temperature)
    losses = -np.where(hot == 0, 0, log_p).sum(axis=-1)
    if reduction == "none":
        return losses
    return np.asarray(losses.sum() if reduction == "sum" else losses.mean(), losses.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", where=None, temperature=1.0
):
    log_p, hot = parts(logits, labels, axis, where, temperature)
    g = cotangent[..., None] if reduction == "none" else cotangent
    slope = g * (np.exp(log_p) - hot)
    if where is None or reduction != "sum":
        slope = slope / np.float32(temperature)
    if reduction == "mean":
        slope = slope / np.float32(labels.size)
    return np.moveaxis(slope, -1, axis).astype(logits.dtype)
