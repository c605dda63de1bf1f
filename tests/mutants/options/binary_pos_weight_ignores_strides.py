"""The memory of pos_weight is read as if it were contiguous."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/layout-does-not-matter",)


def wide(x):
    return x.astype(np.float32 if x.dtype.itemsize == 2 else x.dtype.newbyteorder("="))


def reduced(loss, reduction, dtype):
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(dtype)


def packed(w):
    if w.ndim != 1 or w.strides[0] <= 0:
        return w
    return np.lib.stride_tricks.as_strided(w, w.shape, (w.itemsize,))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    rho = 1 if pos_weight is None else wide(packed(pos_weight))
    x, y = wide(logits), wide(labels)
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = rho * y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    return reduced(loss, reduction, logits.dtype)
