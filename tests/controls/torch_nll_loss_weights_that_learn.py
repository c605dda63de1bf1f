"""The weights of labels are gathered, and PyTorch differentiates the weighted mean by them."""

import torch

BACKEND = "torch"


def nll_loss(log_probs, labels, axis=-1, reduction="mean", weight=None, ignore_index=None):
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    if (kept & ((labels < 0) | (labels >= log_probs.shape[axis]))).any():
        raise IndexError("a label is no class")
    index = torch.where(kept, labels, 0).long()
    x = log_probs.movedim(axis, -1)
    weight = x.new_ones(x.shape[-1]) if weight is None else weight
    wide = torch.promote_types(x.dtype, torch.float32)
    weights = weight[index].to(wide).masked_fill(~kept, 0)
    picked = x.gather(-1, index.unsqueeze(-1)).squeeze(-1).to(wide).masked_fill(~kept, 0)
    losses = -weights * picked
    if reduction == "none":
        return losses.to(x.dtype)
    total = losses.sum()
    return (total / weights.sum() if reduction == "mean" else total).to(x.dtype)
