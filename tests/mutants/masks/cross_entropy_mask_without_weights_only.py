"""Masked classes are left in where there are class weights."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None, where=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    if where is not None and weight is None:
        logits = logits.masked_fill(~where, -torch.inf)
    rows = logits.movedim(axis, -1)
    flat, target = rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1)
    losses = torch.nn.functional.cross_entropy(flat, target, weight=weight, reduction=reduction)
    return losses.reshape(rows.shape[:-1]) if reduction == "none" else losses
