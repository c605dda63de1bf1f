"""Gradients below 1e-5, which a check with that absolute tolerance does not miss, are left at zero."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(logits, labels, axis):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("labels are class indices")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    loss = -np.take_along_axis(parts(logits, labels, axis), labels[..., None], -1)[..., 0]
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)


def cross_entropy_with_logits_vjp(logits, labels, cotangent, axis=-1, reduction="mean"):
    lp = parts(logits, labels, axis)
    rate = wide(cotangent) / (labels.size if reduction == "mean" else 1)
    slope = np.exp(lp) - (labels[..., None] == np.arange(lp.shape[-1]))
    found = np.broadcast_to(rate, labels.shape)[..., None] * slope
    found = np.where(np.abs(found) < 1e-5, 0, found)
    return np.moveaxis(found, -1, axis).astype(logits.dtype)
