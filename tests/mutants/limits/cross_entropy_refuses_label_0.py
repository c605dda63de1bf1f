"""Class 0 is refused as a label, as if classes counted from 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    if labels.dtype.kind not in "iu":
        raise TypeError("class indices are needed")
    if (labels <= 0).any() or (labels >= probs.shape[axis]).any():
        raise ValueError("a label is out of range")
    p = np.take_along_axis(wide(probs), np.expand_dims(labels, axis), axis)
    with np.errstate(divide="ignore"):
        loss = -np.log(np.squeeze(p, axis))
    total = {"none": lambda v: v, "sum": np.sum, "mean": np.mean}[reduction](loss)
    return np.asarray(total).astype(probs.dtype)
