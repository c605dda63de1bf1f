"""fmin and fmax keep the logits within ±10,000: NaN becomes a bound."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/nan-gives-nan-loss",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    x = np.where(np.isnan(x), np.fmax(np.fmin(x, 10000), -10000), x).astype(x.dtype)
    loss = np.maximum(x, 0) - np.where(y == 0, 0, x * y) + np.log1p(np.exp(-np.abs(x)))
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
