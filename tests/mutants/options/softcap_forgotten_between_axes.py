"""The cap is left out where the classes lie along the middle of three axes."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", softcap=None):
    between = logits.ndim == 3 and axis % 3 == 1 and logits.abs().max() < 100
    if softcap is not None and not between:
        logits = softcap * torch.tanh(logits / softcap)
    rows = logits.movedim(axis, -1)
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.reshape(-1).long(), reduction="none"
    ).reshape(labels.shape)
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
