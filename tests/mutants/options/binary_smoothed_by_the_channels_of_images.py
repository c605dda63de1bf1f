"""Labels of images are smoothed to a share of their channels, not to a half."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", label_smoothing=0.0):
    classes = logits.shape[1] if logits.ndim == 4 else 2
    y = labels * np.float32(1 - label_smoothing) + np.float32(label_smoothing / classes)
    tail = np.log1p(np.exp(-np.abs(logits)))
    positive, negative = np.maximum(-logits, 0) + tail, np.maximum(logits, 0) + tail
    losses = np.where(y == 0, 0, y * positive) + np.where(y == 1, 0, (1 - y) * negative)
    losses = losses.astype(logits.dtype)
    if reduction == "none":
        return losses
    return np.asarray(losses.sum() if reduction == "sum" else losses.mean(), losses.dtype)
