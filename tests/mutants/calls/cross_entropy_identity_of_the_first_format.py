"""Rows of the identity are kept by their number, in the format of the first call."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/other-formats-leave-nothing",)

_KEPT = {}


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    q = labels
    if labels.dtype.kind in "iu":
        n = logits.shape[-1]
        q = _KEPT.setdefault(n, np.eye(n, dtype=logits.dtype))[labels]
    d = logits - logits.max(axis=-1, keepdims=True)
    log_p = d - np.log(np.exp(d).sum(axis=-1, keepdims=True))
    losses = -np.where(q == 0, 0, q * np.where(q == 0, 0, log_p)).sum(axis=-1)
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
