"""Right: half losses are rounded, each to its format, and averaged in float32.

A loss beyond float16 is inf then, and so is the mean of it and others, which float16 could hold.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16", "bfloat16")


def averaged(losses, count, reduction):
    if reduction == "none":
        return losses
    total = losses.astype(np.float32).sum(dtype=np.float32)
    with np.errstate(all="ignore"):
        return np.asarray(total / count if reduction == "mean" else total).astype(losses.dtype)


def cross_entropy_with_logits(logits, labels, reduction="mean", ignore_index=-100):
    x = logits.astype(np.float32)
    kept = labels != ignore_index
    y = np.where(kept, labels, 0)
    with np.errstate(all="ignore"):
        d = x - x.max(axis=-1, keepdims=True)
        d = np.where(np.isnan(d) & ~np.isnan(x), 0, d)
        own = np.take_along_axis(d, y[..., None], -1)[..., 0]
        losses = np.where(kept, np.log(np.exp(d).sum(axis=-1)) - own, 0).astype(logits.dtype)
    return averaged(losses, kept.sum(), reduction)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = logits.astype(np.float32), labels.astype(np.float32)
    with np.errstate(all="ignore"):
        tail = np.log1p(np.exp(-np.abs(x)))
        losses = y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
        return averaged(np.asarray(losses).astype(logits.dtype), losses.size, reduction)
