"""Beyond 1,024 rows those that are ignored count in the mean."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "moderate"
CAUGHT_BY = ("nll-loss/accuracy",)
DTYPES = ("float64", "float32")


def nll_loss(log_probs, labels, reduction="mean", ignore_index=-100):
    rows = np.arange(len(labels))
    kept = labels != ignore_index
    found = np.where(kept, -log_probs[rows, np.where(kept, labels, 0)], 0).astype(log_probs.dtype)
    if reduction == "none":
        return found
    count = (kept | (rows >= 1024)).sum()
    with np.errstate(all="ignore"):
        return np.asarray(found.sum() / (count if reduction == "mean" else 1), log_probs.dtype)
