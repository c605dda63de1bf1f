"""p is clipped to [1e-15, 1 - 1e-15]: enough, it was thought, for float64."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64",)
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/accuracy",
    "binary-cross-entropy/certain-and-right-is-free",
    "binary-cross-entropy/swaps-with-its-label",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = np.clip(wide(probs), 1e-15, 1 - 1e-15), wide(labels)
    positive = np.where(y == 0, 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.log1p(-p))
    return reduced(-(positive + negative), reduction, probs.dtype)
