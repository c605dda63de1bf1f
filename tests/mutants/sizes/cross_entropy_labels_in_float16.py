"""Labels pass through the dtype of the logits: in 16 bits large class numbers are rounded."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/high-labels-are-whole",)


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
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    index = np.nan_to_num(labels.astype(logits.dtype).astype(np.float64)).astype(np.int64)
    index = np.minimum(index, x.shape[-1] - 1)
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    return reduced(
        -np.take_along_axis(lp, index[..., None], axis=-1)[..., 0], reduction, logits.dtype
    )
