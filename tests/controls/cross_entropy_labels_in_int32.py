"""Labels are cut to 32 bits and looked up in the flattened rows: more classes there are not."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    rows = np.ascontiguousarray(x).reshape(-1, n)
    at = labels.astype(np.int32).ravel()
    d = rows - np.max(rows, axis=-1, keepdims=True)
    picked = d.ravel()[np.arange(len(rows)) * n + at]
    loss = (np.log(np.sum(np.exp(d), axis=-1)) - picked).reshape(labels.shape)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
