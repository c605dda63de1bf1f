"""Targets as constants, as distillation takes them; a mean of no row is refused."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", ignore_index=None):
    rows = logits.movedim(axis, -1)
    log_p = torch.log_softmax(rows, -1)
    if labels.is_floating_point():
        q = labels.detach().movedim(axis, -1)
        losses = -torch.where(q == 0, 0, q * log_p).sum(-1)
        return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    if reduction == "mean" and not kept.any():
        raise ValueError("every row is ignored: there is no mean")
    known = torch.where(kept, labels, 0).long()
    losses = -log_p.gather(-1, known.unsqueeze(-1)).squeeze(-1)
    losses = torch.where(kept, losses, 0)
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / kept.sum()}[reduction]
