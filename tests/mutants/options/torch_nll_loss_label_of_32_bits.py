"""Labels are kept as int32 before their range is looked at: 4,294,967,297 is the class 1."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("nll-loss/label-too-large-is-refused",)
DTYPES = ("float32",)


def nll_loss(log_probs, labels, reduction="mean"):
    labels = labels.int()
    if labels.numel() and (labels.min() < 0 or labels.max() >= log_probs.shape[1]):
        raise IndexError("label out of range")
    losses = -log_probs.gather(1, labels.long()[:, None])[:, 0]
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
