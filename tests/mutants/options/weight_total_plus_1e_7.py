"""The weighted mean divides by Σw + 1e-7: as good as Σw, until classes are rare."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/weights-scale-the-sum",)


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


def cross_entropy_with_logits(logits, labels, reduction="mean", weight=None, ignore_index=None):
    losses, kept, y = losses_of(logits, labels, ignore_index)
    rows = kept.astype(logits.dtype)
    if weight is not None:
        with np.errstate(all="ignore"):
            losses, rows = losses * weight[y], rows * weight[y]
    if reduction == "none":
        return losses
    total = losses.sum(dtype=logits.dtype)
    if reduction == "sum":
        return total
    with np.errstate(all="ignore"):
        return total / (rows.sum() + logits.dtype.type(1e-7 if rows.any() else 0))
