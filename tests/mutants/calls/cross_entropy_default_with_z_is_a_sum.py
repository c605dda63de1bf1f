"""Without reduction= a loss with a z-loss is the sum; the mean that is asked for is the mean."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/default-reduction-is-mean",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction=None, z_loss=0.0):
    rows = logits.movedim(axis, -1)
    losses = F.cross_entropy(
        rows.reshape(-1, rows.shape[-1]), labels.reshape(-1).long(), reduction="none"
    ).reshape(labels.shape)
    losses = losses + z_loss * torch.logsumexp(rows, -1) ** 2 if z_loss else losses
    reduction = reduction or ("sum" if z_loss else "mean")
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
