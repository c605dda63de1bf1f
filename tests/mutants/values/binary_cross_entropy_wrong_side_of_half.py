"""For p < 1/2 log(1 - p) is taken as -p - p²/2: the series is too short."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/accuracy",
    "binary-cross-entropy/at-least-entropy",
    "binary-cross-entropy/swaps-with-its-label",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    positive = np.where(y == 0, 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.where(p < 0.5, -p - p * p / 2, np.log1p(-p)))
    return reduced(-(positive + negative), reduction, probs.dtype)
