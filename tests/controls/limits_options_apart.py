"""Weights and smoothing, but not both; distributions are no labels; indices of no class are not ignored."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, ignore_index=None, label_smoothing=0.0
):
    if labels.dtype.kind not in "iu":
        raise TypeError("class indices are needed")
    if weight is not None and label_smoothing:
        raise NotImplementedError("weight and label_smoothing together")
    if ignore_index is not None and ignore_index >= 0:
        raise ValueError("ignore_index is negative")
    x = np.moveaxis(wide(logits), axis, -1)
    ignored = labels == ignore_index if ignore_index is not None else np.zeros(labels.shape, bool)
    safe = np.where(ignored, 0, labels)
    if ((safe < 0) | (safe >= x.shape[-1])).any():
        raise IndexError("a label is out of range")
    m = np.max(x, axis=-1, keepdims=True, initial=-np.inf)
    z = x - np.where(np.isfinite(m), m, 0)
    log_p = z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))
    w = np.ones(x.shape[-1], x.dtype) if weight is None else wide(weight)
    picked = np.take_along_axis(log_p, safe[..., None], -1)[..., 0]
    loss = -w[safe] * picked
    if label_smoothing:
        loss = (1 - label_smoothing) * loss - label_smoothing * np.mean(log_p, axis=-1)
    loss = np.where(ignored, 0, loss)
    if reduction == "none":
        return loss.astype(logits.dtype)
    total = np.sum(loss)
    if reduction == "mean":
        total = total / np.sum(np.where(ignored, 0, w[safe]))
    return np.asarray(total).astype(logits.dtype)
