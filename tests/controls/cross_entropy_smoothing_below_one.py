"""A smoothing of 1, which leaves nothing of the label, is refused: the range is [0, 1)."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing must be in [0, 1), got {label_smoothing}")
    x = np.moveaxis(wide(logits), axis, -1)
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    if np.issubdtype(labels.dtype, np.integer):
        if np.any((labels < 0) | (labels >= x.shape[-1])):
            raise IndexError("label out of range")
        q = np.eye(x.shape[-1], dtype=x.dtype)[labels]
    else:
        q = np.moveaxis(wide(labels), axis, -1)
    a = x.dtype.type(label_smoothing)
    q = (1 - a) * q + a / x.dtype.type(x.shape[-1])
    loss = -np.sum(np.where(q == 0, 0, q * lp), axis=-1)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
