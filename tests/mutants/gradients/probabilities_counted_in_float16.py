"""From probabilities of classes, the backward pass counts the rows in float16."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float16",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy/gradient-in-large-batches",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def target(labels, n, axis, dtype):
    if not np.issubdtype(labels.dtype, np.integer):
        return np.moveaxis(wide(labels), axis, -1)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)


def cross_entropy(probs, labels, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    q = target(labels, p.shape[-1], axis, p.dtype)
    loss = -np.sum(np.where(q == 0, 0, q * np.log(p)), axis=-1)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(probs.dtype)


def cross_entropy_vjp(probs, labels, cotangent, axis=-1, reduction="mean"):
    p = np.moveaxis(wide(probs), axis, -1)
    q = target(labels, p.shape[-1], axis, p.dtype)
    g = np.broadcast_to(wide(cotangent), p.shape[:-1])[..., None]
    if reduction == "mean":
        rows = np.asarray(p[..., 0].size).astype(probs.dtype)
        g = g / wide(rows)
    return np.moveaxis(np.where(q == 0, 0, -g * q / p), -1, axis).astype(probs.dtype)
