"""Right, and takes no alpha=None: a negative number stands for none, as in torchvision."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float32", "float64")


def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2, reduction="none"):
    z = np.where(targets == 1, -inputs, inputs)
    e = np.exp(-np.abs(z))
    share = np.where(z >= 0, 1, e) / (1 + e)
    losses = share**gamma * (np.maximum(z, 0) + np.log1p(e))
    if alpha >= 0:
        losses = (alpha * targets + (1 - alpha) * (1 - targets)) * losses
    if reduction != "none":
        losses = losses.mean() if reduction == "mean" else losses.sum()
    return np.asarray(losses).astype(inputs.dtype)
