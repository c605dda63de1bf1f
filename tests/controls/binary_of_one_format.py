"""Arrays of two formats are refused."""

import numpy as np

BACKEND = "numpy"


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    if any(a is not None and a.dtype != logits.dtype for a in (labels, pos_weight)):
        raise TypeError("logits, labels and weights have one format")
    wide = np.promote_types(logits.dtype, np.float32)
    x, y = logits.astype(wide), labels.astype(wide)
    rho = 1 if pos_weight is None else pos_weight.astype(wide)
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = rho * y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
