"""The probabilities are drawn towards 1/2, not the labels."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/accuracy",
    "binary-cross-entropy/smoothing-is-a-soft-label",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def smoothed(labels, smoothing):
    return wide(labels) * (1 - smoothing) + smoothing / 2


def binary_cross_entropy(probs, labels, reduction="mean", label_smoothing=0.0):
    p, y = wide(probs), wide(labels)
    p = smoothed(probs, label_smoothing) if label_smoothing else p
    with np.errstate(all="ignore"):
        up = np.where(y == 0, 0, -y * np.log(p))
        losses = up + np.where(y == 1, 0, -(1 - y) * np.log1p(-p))
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(probs.dtype)
