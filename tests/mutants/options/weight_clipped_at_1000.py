"""Class weights above 1,000 are clipped."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(logits, labels, axis=-1, weight=None, ignore_index=None, label_smoothing=0.0):
    """log p, the weighted targets and the rows' weights, with the classes last."""
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    w = np.ones(n, x.dtype) if weight is None else np.minimum(wide(weight), 1000)
    kept = np.ones(x.shape[:-1], bool)
    if np.issubdtype(labels.dtype, np.integer):
        kept = kept if ignore_index is None else labels != ignore_index
        if np.any(kept & ((labels < 0) | (labels >= n))):
            raise IndexError("label out of range")
        y = (labels[..., None] == np.arange(n)).astype(x.dtype)
        rows = np.where(kept, np.sum(w * y, axis=-1), 0)
    else:
        y = np.moveaxis(wide(labels), axis, -1)
        rows = np.ones(y.shape[:-1], x.dtype)
    q = kept[..., None] * w * ((1 - label_smoothing) * y + label_smoothing / n)
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), q, rows


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", **options):
    lp, q, rows = parts(logits, labels, axis, **options)
    loss = -np.sum(np.where(q == 0, 0, q * lp), axis=-1)
    if reduction == "mean":
        loss = np.sum(loss) / np.sum(rows)
    elif reduction == "sum":
        loss = np.sum(loss)
    return np.asarray(loss).astype(logits.dtype)
