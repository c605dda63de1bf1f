"""Floating labels that are exactly one-hot are smoothed twice."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/index-is-one-hot",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.issubdtype(labels.dtype, np.integer):
        if np.any((labels < 0) | (labels >= n)):
            raise IndexError("label out of range")
        q = (labels[..., None] == np.arange(n)).astype(x.dtype)
    else:
        q = np.moveaxis(wide(labels), axis, -1)
        if label_smoothing and np.all(np.max(q, axis=-1, initial=0) == 1):
            q = (1 - label_smoothing) * q + label_smoothing / n
    q = (1 - label_smoothing) * q + label_smoothing / n if label_smoothing else q
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return reduced(-np.sum(np.where(q == 0, 0, q * lp), axis=-1), reduction, logits.dtype)
