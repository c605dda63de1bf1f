"""The labels are moved from 0 and 1 by 1e-6, as it is done against infinities."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = (
    "binary-cross-entropy/accuracy",
    "binary-cross-entropy/finite-stays-finite",
    "binary-cross-entropy/certain-and-right-is-free",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), np.clip(wide(labels), 1e-6, 1 - 1e-6)
    positive = np.where(y == 0, 0, y * np.log(p))
    negative = np.where(y == 1, 0, (1 - y) * np.log1p(-p))
    return reduced(-(positive + negative), reduction, probs.dtype)
