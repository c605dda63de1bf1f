"""The log of the sum by a balanced tree of logaddexp on shifted logits. Shifted, each level costs u
log S; unshifted and in sequence it would not be backward stable.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_sum(d):
    """log sum exp over the last axis, by pairs; the padding -inf is neutral."""
    while d.shape[-1] > 1:
        if d.shape[-1] % 2:
            d = np.concatenate([d, np.full((*d.shape[:-1], 1), -np.inf, d.dtype)], axis=-1)
        d = np.logaddexp(d[..., 0::2], d[..., 1::2])
    return d


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    if not np.issubdtype(labels.dtype, np.integer):
        q = np.moveaxis(wide(labels), axis, -1)
    elif np.any((labels < 0) | (labels >= x.shape[-1])):
        raise ValueError("label out of range")
    else:
        q = np.eye(x.shape[-1], dtype=x.dtype)[labels]
    d = x - np.max(x, axis=-1, keepdims=True)
    loss = np.sum(np.where(q == 0, 0, q * (log_sum(d) - d)), axis=-1)
    return reduced(loss, reduction, logits.dtype)


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)
