"""Beyond 32,768 classes, in the backward pass, an ignored row is one whose label is 0."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)


def parts(x, labels, axis, ignore_index):
    """The logits with the classes last, which rows count, and the labels of these."""
    w = np.moveaxis(x, axis, -1)
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    if np.any(kept & ((labels < 0) | (labels >= w.shape[-1]))):
        raise IndexError("label out of range")
    return w, kept, np.where(kept, labels, 0)[..., None]


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    x, kept, safe = parts(logits, labels, axis, ignore_index)
    d = x - x.max(axis=-1, keepdims=True)
    lse = np.log(np.exp(d).sum(axis=-1))
    loss = np.where(kept, lse - np.take_along_axis(d, safe, -1)[..., 0], 0)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.sum() / kept.sum()
    return np.asarray(loss).astype(logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", ignore_index=None
):
    x, kept, safe = parts(logits, labels, axis, ignore_index)
    p = np.exp(x - x.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    slope = p - (np.arange(x.shape[-1]) == safe)
    if x.shape[-1] <= 32_768:
        slope = np.where(kept[..., None], slope, 0)
    g = cotangent if reduction != "mean" else cotangent / kept.sum()
    slope = slope * np.broadcast_to(g, kept.shape)[..., None]
    return np.moveaxis(slope, -1, axis).astype(logits.dtype)
