"""0 · log 0 = NaN for the certain and right prediction."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/certain-and-right-is-free",
    "binary-cross-entropy/finite-stays-finite",
    "binary-cross-entropy/accuracy",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    positive = y * np.log(p)
    negative = (1 - y) * np.log1p(-p)
    return reduced(-(positive + negative), reduction, probs.dtype)
