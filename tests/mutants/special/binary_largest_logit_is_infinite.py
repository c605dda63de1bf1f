"""max(x, 0) as (x + |x|)/2 overflows in the last binade."""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/finite-stays-finite",
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/never-negative",
)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = y * (np.maximum(-x, 0) + tail) + (1 - y) * ((x + np.abs(x)) / 2 + tail)
    return reduced(loss, reduction, logits.dtype)
