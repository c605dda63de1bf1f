"""label_smoothing above 1/2 is taken for a mistake and cut to 1/2."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", label_smoothing=0.0):
    """Class indices only."""
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    x = np.moveaxis(wide(logits), axis, -1)
    n = x.shape[-1]
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    a = x.dtype.type(min(label_smoothing, 0.5))
    q = (1 - a) * (labels[..., None] == np.arange(n)) + a / n
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.sum(np.where(q == 0, 0, q * lp), axis=-1)
    return reduced(loss, reduction, logits.dtype)
