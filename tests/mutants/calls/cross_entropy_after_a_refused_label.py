"""A refused label leaves a flag set: the next call gives zeros."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


refused = {"last": False}


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        refused["last"] = True
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.intp), axis=-1)[..., 0]
    if refused["last"]:
        loss = np.zeros_like(loss)
    refused["last"] = False
    return reduced(loss, reduction, logits.dtype)
