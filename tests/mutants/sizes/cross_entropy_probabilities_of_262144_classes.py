"""Offsets in units of eight bytes are kept in 18 bits: in rows of 262,144 classes the last label is
read one place too early.
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("labels are class indices")
    p = np.moveaxis(wide(probs), axis, -1)
    if np.any((labels < 0) | (labels >= p.shape[-1])):
        raise IndexError("label out of range")
    places = np.minimum(labels, (1 << 18) - 2)
    loss = -np.log(np.take_along_axis(p, places[..., None], -1)[..., 0])
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)
