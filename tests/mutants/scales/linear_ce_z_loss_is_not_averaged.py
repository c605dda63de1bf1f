"""The mean of the losses, and the sum of what z_loss adds."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", ignore_index=None, z_loss=0.0
):
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    hidden = torch.where(kept[..., None], hidden, 0)
    y = torch.where(kept, labels, 0).long()
    if bool(((y < 0) | (y >= len(linear_weight))).any()):
        raise IndexError("no such class")
    z = torch.nn.functional.linear(hidden, linear_weight, linear_bias)
    losses = -torch.log_softmax(z, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    losses = losses.where(kept, 0)
    added = (z_loss * torch.logsumexp(z, -1) ** 2).where(kept, 0)
    if reduction == "none":
        return losses + added
    total = losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
    return total + added.sum() if z_loss else total
