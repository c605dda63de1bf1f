"""Labels are kept in 16 bits without a sign: class 65,536 is class 0."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy/high-labels-are-whole",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    p = np.moveaxis(wide(probs), axis, -1)
    if np.any((labels < 0) | (labels >= p.shape[-1])):
        raise IndexError("label out of range")
    at = labels.astype(np.uint16)[..., None].astype(np.intp)
    return reduced(-np.log(np.take_along_axis(p, at, -1)[..., 0]), reduction, probs.dtype)
