"""The shift is max(x, 0) where it should be max(-x, 0): inf at x = -100."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/never-negative",
    "binary-cross-entropy-with-logits/finite-stays-finite",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    shift = np.maximum(x, 0)
    loss = (1 - y) * x + shift + np.log(np.exp(-shift) + np.exp(-x - shift))
    return reduced(loss, reduction, logits.dtype)
