"""The z-loss is that of the logits before the cap."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", softcap=None, z_loss=0.0):
    rows = logits.movedim(axis, -1)
    z = torch.logsumexp(rows, -1)
    rows = rows if softcap is None else softcap * torch.tanh(rows / softcap)
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.reshape(-1).long(), reduction="none"
    )
    losses = losses.reshape(labels.shape) + z_loss * z**2
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
