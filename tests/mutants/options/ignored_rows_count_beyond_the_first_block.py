"""Beyond the first 3,000 rows the mean counts ignored rows, too."""

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
    total = losses.sum(dtype=logits.dtype)
    first = kept.ravel()[:3000].sum() + max(kept.size - 3000, 0)
    with np.errstate(all="ignore"):
        return np.asarray(total if reduction == "sum" else total / first).astype(logits.dtype)
