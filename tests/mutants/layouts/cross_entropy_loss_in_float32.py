"""The mean comes back in float32 whatever the logits are."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/keeps-dtype", "cross-entropy-with-logits/accuracy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(np.float32 if reduction == "mean" else dtype)


def targets(labels, n, axis, dtype):
    """One row of label mass for each row, the classes last."""
    if not np.issubdtype(labels.dtype, np.integer):
        return np.moveaxis(wide(labels), axis, -1)
    if np.any((labels < 0) | (labels >= n)):
        raise IndexError("label out of range")
    return (labels[..., None] == np.arange(n)).astype(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = np.moveaxis(wide(logits), axis, -1)
    q = targets(labels, x.shape[-1], axis, x.dtype)
    d = x - np.max(x, axis=-1, keepdims=True)
    lp = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
    loss = -np.sum(np.where(q == 0, 0, q * lp), axis=-1)
    return reduced(loss, reduction, logits.dtype)
