"""The mean of the first 131,072 rows, divided by the count of all."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def losses_of(logits, labels, ignore_index):
    """The loss of each row, and which rows are kept."""
    kept = np.ones(labels.shape, bool) if ignore_index is None else labels != ignore_index
    y = np.where(kept, labels, 0)
    if np.any((y < 0) | (y >= logits.shape[-1])):
        raise IndexError("no such class")
    with np.errstate(all="ignore"):
        d = logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)
        own = np.take_along_axis(d, y[..., None], -1)[..., 0]
        losses = np.log(np.exp(d).sum(axis=-1)) - own
    return np.where(kept, losses, 0), kept, y


def cross_entropy_with_logits(logits, labels, reduction="mean", ignore_index=None):
    losses, kept, _ = losses_of(logits, labels, ignore_index)
    if reduction == "none":
        return losses
    total = losses.ravel()[:131_072].sum(dtype=logits.dtype)
    with np.errstate(all="ignore"):
        total = total / logits.dtype.type(kept.sum()) if reduction == "mean" else total
    return np.asarray(total)
