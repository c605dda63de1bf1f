"""Labels that have not the format of the logits are taken for classes, 0 or 1."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/wider-arrays-change-no-number",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.dtype != logits.dtype:
        labels = labels > 0.5
    x, y = (a.astype(np.promote_types(logits.dtype, np.float32)) for a in (logits, labels))
    tail = np.log1p(np.exp(-np.abs(x)))
    loss = y * (np.maximum(-x, 0) + tail) + (1 - y) * (np.maximum(x, 0) + tail)
    if reduction != "none":
        loss = np.sum(loss) if reduction == "sum" else np.mean(loss)
    return np.asarray(loss).astype(logits.dtype)
