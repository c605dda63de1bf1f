"""Masked classes are at -1e9."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/low-logits-outweigh-a-mask",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", where=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    rows = rows if where is None else rows.masked_fill(~where, -1e9)
    rows = rows.movedim(axis, -1)
    flat, target = rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1)
    losses = torch.nn.functional.cross_entropy(flat, target, reduction=reduction)
    found = losses.reshape(rows.shape[:-1]) if reduction == "none" else losses
    return found.to(logits.dtype)
