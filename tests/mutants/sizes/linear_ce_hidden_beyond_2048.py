"""Of more than 2,048 hidden numbers the product adds up the first 2,048."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def wide(a):
    """Half formats in float32."""
    return a.astype(np.float32 if a.dtype.itemsize == 2 else a.dtype.newbyteorder("="))


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
    loss, kept = losses_of(h[:, :2048] @ w[:, :2048].T + b, labels, ignore_index)
    return reduced(loss, kept, reduction, hidden.dtype)
