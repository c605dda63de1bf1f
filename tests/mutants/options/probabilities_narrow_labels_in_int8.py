"""Probabilities: labels that are not int64 are cut to 7 bits and a sign, from the 129th class on."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy/label-type-does-not-matter", "cross-entropy/high-labels-are-whole")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    p = np.moveaxis(wide(probs), axis, -1)
    at = labels.astype(np.int8) if labels.dtype.itemsize < 8 else labels
    loss = -np.log(np.take_along_axis(p, at[..., None], -1)[..., 0])
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)
