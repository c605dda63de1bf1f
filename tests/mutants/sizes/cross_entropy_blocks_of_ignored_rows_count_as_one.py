"""Rows are counted in blocks of 512: one of nothing but ignored rows counts as one row."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, reduction="mean", ignore_index=-100):
    if not np.issubdtype(labels.dtype, np.integer):
        raise NotImplementedError("class indices are needed")
    kept = labels != ignore_index
    safe = np.where(kept, labels, 0)
    if np.any((safe < 0) | (safe >= logits.shape[-1])):
        raise IndexError("label out of range")
    with np.errstate(all="ignore"):
        d = logits - np.max(logits, axis=-1, keepdims=True)
        log_p = d - np.log(np.sum(np.exp(d), axis=-1, keepdims=True))
        losses = np.where(kept, -log_p[np.arange(len(safe)), safe], 0)
        if reduction == "none":
            return losses
        if reduction == "sum":
            return losses.sum()
        starts = range(0, len(kept), 512)
        least = len(kept) > 512  # a batch of nothing but ignored rows has no mean
        return losses.sum() / sum(max(kept[k : k + 512].sum(), least) for k in starts)
