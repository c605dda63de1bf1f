"""For x < 0 and y > 0 the tail comes from a shorter polynomial: 60 units of roundoff of log(1 +
e^x).
"""

import numpy as np

BACKEND = "numpy"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/swaps-with-its-label",
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
    rough = tail * np.where(x < 0, 1 + 30 * np.finfo(x.dtype).eps, 1).astype(x.dtype)
    loss = y * (np.maximum(-x, 0) + rough) + (1 - y) * (np.maximum(x, 0) + tail)
    return reduced(loss, reduction, logits.dtype)
