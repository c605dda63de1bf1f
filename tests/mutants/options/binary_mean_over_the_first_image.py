"""The mean over images (N, C, H, W) divides by the numbers of one image."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    l = np.log1p(np.exp(-np.abs(x)))  # noqa: E741
    loss = y * (np.maximum(-x, 0) + l) + (1 - y) * (np.maximum(x, 0) + l)
    if reduction == "sum":
        loss = np.sum(loss)
    elif reduction == "mean":
        loss = np.sum(loss) / (loss[0].size if loss.ndim == 4 and len(loss) else loss.size)
    return np.asarray(loss).astype(logits.dtype)
