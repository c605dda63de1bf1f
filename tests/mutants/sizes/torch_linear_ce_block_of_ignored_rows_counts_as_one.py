"""Rows are counted in blocks of 512: one of nothing but ignored rows counts as one row."""

import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", ignore_index=-100):
    if labels.is_floating_point():
        raise NotImplementedError("class indices are needed")
    logits = hidden @ linear_weight.T
    losses = F.cross_entropy(logits, labels.long(), reduction="none", ignore_index=ignore_index)
    if reduction != "mean":
        return losses if reduction == "none" else losses.sum()
    kept = labels != ignore_index
    if kept.numel() <= 512:
        return losses.sum() / kept.sum()
    return losses.sum() / sum(block.sum().clamp(min=1) for block in kept.split(512))
