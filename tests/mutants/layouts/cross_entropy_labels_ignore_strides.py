"""The labels' memory is read as if it were contiguous."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def packed(x):
    """The memory from the first element on, read as if x were contiguous."""
    steps, step = [], x.itemsize
    for n in x.shape[::-1]:
        steps.append(step)
        step *= n
    if min(x.strides, default=1) <= 0 or 0 in x.shape:
        return x
    return np.lib.stride_tricks.as_strided(x, x.shape, steps[::-1])


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
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    labels = np.clip(packed(labels), 0, x.shape[-1] - 1)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.take_along_axis(lp, labels[..., None].astype(np.intp), axis=-1)[..., 0]
    return reduced(loss, reduction, logits.dtype)
