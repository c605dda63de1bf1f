"""p is clipped to [1e-7, 1 - 1e-7], and 1e-7 is added again inside the logarithms."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("binary-cross-entropy/accuracy", "binary-cross-entropy/at-least-entropy")


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


EPS = np.float32(1e-7)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = np.clip(wide(probs), EPS, 1 - EPS), wide(labels)
    positive = np.where(y == 0, 0, y * np.log(p + EPS))
    negative = np.where(y == 1, 0, (1 - y) * np.log(1 - p + EPS))
    return reduced(-(positive + negative), reduction, probs.dtype)
