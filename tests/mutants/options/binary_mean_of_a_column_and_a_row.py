"""In a mean the labels of a column lose their axis and the logits do not: N x N losses."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "blatant"
CAUGHT_BY = ("binary-cross-entropy-with-logits/accuracy",)
DTYPES = ("float64", "float32")


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    if reduction == "mean" and labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    with np.errstate(all="ignore"):
        loss = np.maximum(logits, 0) - logits * labels + np.log1p(np.exp(-np.abs(logits)))
    return loss if reduction == "none" else np.asarray(getattr(loss, reduction)(), logits.dtype)
