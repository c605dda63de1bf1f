"""Weighted means of chunks of 3,000 rows are averaged by their rows, not by their weights."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    y = labels[..., None].astype(np.int64)
    w = np.ones(labels.shape, x.dtype) if weight is None else wide(weight)[labels]
    loss = -w * np.take_along_axis(lp, y, -1)[..., 0]
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss, w = loss.ravel(), w.ravel()
        chunks = [slice(k, k + 3000) for k in range(0, max(len(w), 1), 3000)]
        means = [np.sum(loss[part]) / np.sum(w[part]) for part in chunks]
        loss = np.average(means, weights=[max(len(w[part]), 1) for part in chunks])
    return np.asarray(loss).astype(logits.dtype)
