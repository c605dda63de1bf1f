"""The class weights' memory is read as if it were contiguous: every second weight of a wider
table goes wrong.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def packed(w):
    """The memory from the first weight on."""
    if w.strides[0] <= 0:
        return w
    return np.lib.stride_tricks.as_strided(w, w.shape, (w.itemsize,))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    w = np.ones(n, x.dtype) if weight is None else wide(packed(weight))
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -w[labels] * np.take_along_axis(lp, labels[..., None].astype(np.intp), axis=-1)[..., 0]
    if reduction == "mean":
        return np.asarray(np.sum(loss) / np.sum(w[labels])).astype(logits.dtype)
    return reduced(loss, reduction, logits.dtype)
