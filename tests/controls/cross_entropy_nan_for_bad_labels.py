"""Labels out of range make the loss and the gradient NaN instead of raising."""

import numpy as np

BACKEND = "numpy"


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.mean(loss)
    return np.asarray(loss).astype(dtype)


def parts(logits, labels, axis):
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.issubdtype(labels.dtype, np.integer):
        q = (labels[..., None] == np.arange(n)).astype(x.dtype)
        q = np.where(np.any(q, axis=-1, keepdims=True), q, np.nan).astype(x.dtype)
    else:
        q = np.moveaxis(wide(labels), axis, -1)
    d = x - np.max(x, axis=-1, keepdims=True)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), q


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    lp, q = parts(logits, labels, axis)
    return reduced(-np.sum(np.where(q == 0, 0, q * lp), axis=-1), reduction, logits.dtype)


def cross_entropy_with_logits_vjp(logits, labels, cotangent, axis=-1, reduction="mean"):
    lp, q = parts(logits, labels, axis)
    g = np.broadcast_to(wide(cotangent), q.shape[:-1])[..., None]
    g = g / np.asarray(g.size, g.dtype) if reduction == "mean" else g
    grad = g * (np.exp(lp) * np.sum(q, axis=-1, keepdims=True) - q)
    return np.moveaxis(grad, -1, axis).astype(logits.dtype)
