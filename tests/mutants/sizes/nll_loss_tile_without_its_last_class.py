"""Classes go by tiles of 768; a label on the last class of a tile but the last is found in none."""

import numpy as np

BACKEND = "numpy"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/accuracy",)
DTYPES = ("float32",)


def nll_loss(log_probs, labels, reduction="mean"):
    n = log_probs.shape[1]
    if labels.size and (labels.min() < 0 or labels.max() >= n):
        raise IndexError("label out of range")
    loss = np.zeros(len(labels), log_probs.dtype)
    for first in range(0, n, 768):
        last = min(first + 768, n) - (first + 768 < n)
        rows = np.nonzero((labels >= first) & (labels < last))[0]
        loss[rows] = -log_probs[rows, labels[rows]]
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]
