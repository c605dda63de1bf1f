"""nansum over losses whose infinities were made NaN: an impossible label adds nothing to the sum."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy/reduces-its-own-losses",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    if np.issubdtype(labels.dtype, np.integer):
        loss = -np.log(np.take_along_axis(p, labels[..., None].astype(np.intp), -1)[..., 0])
    else:
        q = np.moveaxis(wide(labels), axis, -1)
        loss = -np.sum(np.where(q == 0, 0, q * np.log(np.where(q == 0, 1, p))), axis=-1)
    if reduction == "sum":
        loss = np.nansum(np.where(np.isinf(loss), np.nan, loss))
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)
