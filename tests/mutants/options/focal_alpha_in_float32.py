"""alpha is a number of float32 in float64, too: 0.25 is the same in both, 0.3 is not."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid-focal-loss/accuracy",)


def sigmoid_focal_loss(logits, labels, reduction="mean", alpha=0.25, gamma=2.0):
    x = logits.astype(np.float32) if logits.dtype.itemsize == 2 else logits
    z = np.where(labels == 1, -x, x)
    e = np.exp(-np.abs(z))
    softplus = np.maximum(z, 0) + np.log1p(e)
    loss = (np.where(z >= 0, 1, e) / (1 + e)) ** x.dtype.type(gamma) * softplus
    if alpha is not None:
        loss = loss * np.where(labels == 1, np.float32(alpha), 1 - np.float32(alpha))
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return np.asarray(loss).astype(logits.dtype)
