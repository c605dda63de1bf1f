"""Labels with a negative stride are read from the first address on, as they lie in memory."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def forward(labels):
    if labels.ndim == 1 and labels.strides[0] < 0:
        return labels[::-1]
    return labels


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    p = np.moveaxis(wide(probs), axis, -1)
    at = forward(labels) if probs.flags.c_contiguous else labels
    loss = -np.log(np.take_along_axis(p, at[..., None].astype(np.intp), -1)[..., 0])
    return reduced(loss, reduction, probs.dtype)
