"""Focal losses whose alpha is a number, which None is not, and whose gamma is at least 1."""

import numpy as np


def sigmoid_focal_loss(logits, labels, alpha=0.25, gamma=2.0, reduction="none"):
    if gamma < 1:
        raise ValueError(f"gamma must be at least 1, not {gamma}")
    w = logits.astype(np.float64)
    z = np.where(labels == 1, -w, w)
    share = alpha * (labels == 1) + (1 - alpha) * (labels != 1)
    with np.errstate(all="ignore"):
        loss = share * np.exp(-gamma * np.logaddexp(0, -z)) * np.logaddexp(0, z)
        if reduction != "none":
            loss = loss.sum() / (loss.size if reduction == "mean" else 1)
    return np.asarray(loss).astype(logits.dtype)
