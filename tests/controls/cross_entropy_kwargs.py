"""The kernel takes **kwargs and reads every option of the interface out of them."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def targets(labels, n, axis, weight, ignore_index, smoothing, dtype):
    w = np.ones(n, dtype) if weight is None else weight.astype(dtype)
    if not np.issubdtype(labels.dtype, np.integer):
        q = np.moveaxis(labels, axis, -1).astype(dtype)
        return w * ((1 - smoothing) * q + smoothing / n), np.ones(q.shape[:-1], dtype)
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    if np.any(kept & ((labels < 0) | (labels >= n))):
        raise IndexError("label out of range")
    hot = (labels[..., None] == np.arange(n)).astype(dtype)
    rows = np.where(kept, w[np.where(kept, labels, 0)], 0).astype(dtype)
    return kept[..., None] * (w * ((1 - smoothing) * hot + smoothing / n)), rows


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def cross_entropy_with_logits(logits, labels, **kwargs):
    axis, reduction = kwargs.get("axis", -1), kwargs.get("reduction", "mean")
    x = np.moveaxis(wide(logits), axis, -1)
    weight, ignored = kwargs.get("weight"), kwargs.get("ignore_index")
    smoothing = kwargs.get("label_smoothing", 0.0)
    q, rows = targets(labels, x.shape[-1], axis, weight, ignored, smoothing, x.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * log_p(x)), axis=-1)
    if reduction != "none":
        loss = np.sum(loss) / (np.sum(rows) if reduction == "mean" else 1)
    return np.asarray(loss).astype(logits.dtype)
