"""A smoothing below 1/1000 is taken for none."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    x = np.moveaxis(wide(logits), axis, -1)
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices only")
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.int64), -1)[..., 0]
    if label_smoothing > 1e-3:
        loss = (1 - label_smoothing) * loss - label_smoothing * lp.mean(axis=-1)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
