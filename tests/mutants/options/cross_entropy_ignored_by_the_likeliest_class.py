"""Rows of floating labels are ignored where their likeliest class is ignore_index."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/floating-labels-are-not-ignored",)
DTYPES = ("float32",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=-100):
    rows = logits.movedim(axis, -1)
    if labels.is_floating_point():
        share = labels.movedim(axis, -1)
        kept = share.argmax(-1) != ignore_index if ignore_index >= 0 else share.sum(-1) > -1
    else:
        kept = labels != ignore_index
        share = F.one_hot(torch.where(kept, labels, 0).long(), rows.shape[-1])
    log_p = torch.log_softmax(rows, -1)
    losses = -torch.where(share == 0, 0, share * log_p).sum(-1)
    losses = torch.where(kept, losses, 0)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / kept.sum()
