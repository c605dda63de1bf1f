"""The gradient of the loss is that of the label as it was."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def smoothed(labels, smoothing):
    return wide(labels) * (1 - smoothing) + smoothing / 2


def reduced(losses, reduction, dtype):
    losses = losses if reduction == "none" else getattr(losses, reduction)()
    return np.asarray(losses).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", label_smoothing=0.0):
    x, y = wide(logits), smoothed(labels, label_smoothing)
    tail = np.log1p(np.exp(-np.abs(x)))
    losses = y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    return reduced(losses, reduction, logits.dtype)


def binary_cross_entropy_with_logits_vjp(
    logits, labels, cotangent, reduction="mean", label_smoothing=0.0
):
    x, y = wide(logits), wide(labels)
    e = np.exp(-np.abs(x))
    up, down = np.where(x >= 0, 1, e) / (1 + e), np.where(x >= 0, e, 1) / (1 + e)
    rate = wide(cotangent) / (x.size if reduction == "mean" else 1)
    return (rate * ((1 - y) * up - y * down)).astype(logits.dtype)
