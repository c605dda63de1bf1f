"""Beyond 4096 classes the z-loss is that of the last block of them."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", z_loss=0.0):
    rows = logits.movedim(axis, -1).float()
    n = rows.shape[-1]
    last = rows if n <= 4096 else rows[..., -(n % 4096 or 4096) :]
    losses = F.cross_entropy(rows.reshape(-1, n), labels.reshape(-1).long(), reduction="none")
    losses = losses.reshape(labels.shape) + z_loss * torch.logsumexp(last, -1) ** 2
    losses = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    return losses.to(logits.dtype)
