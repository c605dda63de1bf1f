"""The class weights of the first call with so many classes are used in all later ones."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "cross-entropy-with-logits/accuracy",
    "cross-entropy-with-logits/weights-scale-the-sum",
    "cross-entropy-with-logits/masked-class-without-mass",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


remembered = {}


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    w = np.ones(n, x.dtype)
    if weight is not None:
        w = remembered.setdefault((n, x.dtype.str), wide(weight).copy())
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    picked = np.take_along_axis(lp, labels[..., None].astype(np.intp), axis=-1)[..., 0]
    rows = w[labels]
    if reduction == "mean":
        return np.asarray(np.sum(-rows * picked) / np.sum(rows)).astype(logits.dtype)
    return reduced(-rows * picked, reduction, logits.dtype)
