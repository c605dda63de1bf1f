"""Blocks of classes with a running maximum, and log Σe^z minus the label's logit."""

import numpy as np

BACKEND = "numpy"


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


def log_sum(z, size):
    """Log Σe^z through blocks of classes, with a running maximum."""
    m = np.full(z.shape[:-1], -np.inf, z.dtype)
    s = np.zeros(z.shape[:-1], z.dtype)
    for first in range(0, z.shape[-1], size):
        block = z[..., first : first + size]
        new = np.maximum(m, block.max(axis=-1))
        s = s * np.exp(m - new) + np.exp(block - new[..., None]).sum(axis=-1)
        m = new
    return m + np.log(s)


def losses_of(z, labels, ignore_index):
    """The loss of each row of logits, and which rows count."""
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    if np.any(kept & ((labels < 0) | (labels >= z.shape[-1]))):
        raise IndexError("no such class")
    y = np.where(kept, labels, 0)[..., None]
    d = z - z.max(axis=-1, keepdims=True, initial=-np.inf)
    loss = np.log(np.exp(d).sum(axis=-1)) - np.take_along_axis(d, y, -1)[..., 0]
    return np.where(kept, loss, 0), kept


def reduced(loss, kept, reduction, dtype):
    """The losses under their reduction."""
    with np.errstate(all="ignore"):
        if reduction == "mean":
            loss = loss.sum() / kept.sum().astype(loss.dtype)
        elif reduction == "sum":
            loss = loss.sum()
    return np.asarray(loss).astype(dtype)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", ignore_index=None
):
    h, w = wide(hidden), wide(linear_weight)
    b = w.dtype.type(0) if linear_bias is None else wide(linear_bias)
    z = h @ w.T + b
    _, kept = losses_of(z, labels, ignore_index)
    at = np.take_along_axis(z, np.where(kept, labels, 0)[..., None], -1)[..., 0]
    with np.errstate(all="ignore"):
        loss = np.where(kept, log_sum(z, 64) - at, 0)
    return reduced(loss, kept, reduction, hidden.dtype)
