"""`if alpha:` takes a weight of 0 for no weight."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid-focal-loss/accuracy",)
DTYPES = ("float64",)


def sigmoid_focal_loss(logits, labels, gamma=2.0, alpha=None, reduction="none"):
    z = (1 - 2 * labels) * logits
    miss = np.where(z < 0, np.exp(-np.abs(z)), 1) / (1 + np.exp(-np.abs(z)))
    losses = miss**gamma * (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))))
    if alpha:
        losses = losses * np.where(labels == 1, alpha, 1 - alpha)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
