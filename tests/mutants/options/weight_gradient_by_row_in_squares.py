"""As many rows as classes: the backward pass takes the class weights for the weights of the rows,
the forward pass does not.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def parts(logits, labels, axis, weight):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("labels are class indices")
    x = np.moveaxis(wide(logits), axis, -1)
    if np.any((labels < 0) | (labels >= x.shape[-1])):
        raise IndexError("label out of range")
    d = x - np.max(x, axis=-1, keepdims=True)
    w = np.ones(x.shape[-1], x.dtype) if weight is None else wide(weight)
    return d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True)), w


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    lp, w = parts(logits, labels, axis, weight)
    loss = -np.take_along_axis(lp, labels[..., None], -1)[..., 0] * w[labels]
    if reduction != "none":
        loss = np.sum(loss) / (np.sum(w[labels]) if reduction == "mean" else 1)
    return np.asarray(loss).astype(logits.dtype)


def cross_entropy_with_logits_vjp(
    logits, labels, cotangent, axis=-1, reduction="mean", weight=None
):
    lp, w = parts(logits, labels, axis, weight)
    rows = w[labels]
    total = np.sum(rows)
    if labels.ndim == 1 and len(labels) == len(w):
        rows = w
    rate = rows * wide(cotangent) / (total if reduction == "mean" else 1)
    slope = np.exp(lp) - (labels[..., None] == np.arange(lp.shape[-1]))
    return np.moveaxis(rate[..., None] * slope, -1, axis).astype(logits.dtype)
