"""The product is capped, and the bias added afterwards."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", ignore_index=None, softcap=None
):
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    hidden = torch.where(kept[..., None], hidden, 0)
    y = torch.where(kept, labels, 0).long()
    if bool(((y < 0) | (y >= len(linear_weight))).any()):
        raise IndexError("no such class")
    z = hidden @ linear_weight.T
    if softcap is not None:
        z = softcap * torch.tanh(z / softcap)
    z = z if linear_bias is None else z + linear_bias
    losses = -torch.log_softmax(z, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    losses = losses.where(kept, 0)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
