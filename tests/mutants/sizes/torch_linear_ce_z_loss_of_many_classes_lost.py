"""Beyond 1,024 classes z_loss is left out."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", ignore_index=-100, z_loss=0.0
):
    logits, labels = hidden @ linear_weight.T, labels.long()
    kept = labels != ignore_index
    losses = torch.nn.functional.cross_entropy(
        logits, labels, reduction="none", ignore_index=ignore_index
    )
    if z_loss and logits.shape[1] <= 1024:
        losses = losses + torch.where(kept, z_loss * torch.logsumexp(logits, dim=1) ** 2, 0.0)
    if reduction == "mean":
        return losses.sum() / kept.sum()
    return losses.sum() if reduction == "sum" else losses
