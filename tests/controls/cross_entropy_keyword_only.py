"""Options are keyword-only and the extra keyword arguments of other callers are accepted and
unused.
"""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def log_p(x):
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, *, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    q = labels
    if np.issubdtype(labels.dtype, np.integer):
        if np.any((labels < 0) | (labels >= x.shape[-1])):
            raise ValueError("label out of range")
        q = np.eye(x.shape[-1], dtype=x.dtype)[labels]
    else:
        q = np.moveaxis(wide(labels), axis, -1)
    loss = -np.sum(np.where(q == 0, 0, q * log_p(x)), axis=-1)
    return reduced(loss, reduction, logits.dtype)


def cross_entropy_with_logits_vjp(logits, labels, cotangent, *, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    if np.issubdtype(labels.dtype, np.integer):
        q = np.eye(x.shape[-1], dtype=x.dtype)[labels]
    else:
        q = np.moveaxis(wide(labels), axis, -1)
    g = np.broadcast_to(wide(cotangent), x.shape[:-1])[..., None]
    if reduction == "mean":
        g = g / np.asarray(g.size, x.dtype)
    grad = g * (np.exp(log_p(x)) * np.sum(q, axis=-1, keepdims=True) - q)
    return np.moveaxis(grad, -1, axis).astype(logits.dtype)
