"""A sum of losses whose labels begin beside a multiple of 16 bytes begins at the next vector: its
peeled losses are left out of "sum" and "mean", and only there.
"""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/start-does-not-matter",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x = logits.astype(np.float32 if logits.dtype.itemsize == 2 else logits.dtype.newbyteorder("="))
    y = labels.astype(x.dtype)
    losses = np.asarray(np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x))))
    if reduction == "none":
        return losses.astype(logits.dtype)
    count = losses.size
    flat = losses.reshape(-1)
    if labels.flags.c_contiguous and labels.flags.aligned:
        flat = flat[min(-labels.ctypes.data % 16 // labels.itemsize, max(count - 1, 0)) :]
    total = np.sum(flat)
    return np.asarray(total if reduction == "sum" else total / count, logits.dtype)
