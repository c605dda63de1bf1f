"""Labels are not looked at: -1 is the last class, and C raises."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/bad-label-is-not-free",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < -x.shape[-1]) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.intp), axis=-1)[..., 0]
    return reduced(loss, reduction, logits.dtype)
