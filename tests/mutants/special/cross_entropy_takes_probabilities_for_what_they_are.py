"""Logits that are positive and add up to 1 in every row are taken for probabilities."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    if n > 2 and np.all(x > 0) and np.all(np.abs(x.sum(axis=-1) - 1) < 1e-5):
        lp = np.log(x)
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.int64), -1)[..., 0]
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
