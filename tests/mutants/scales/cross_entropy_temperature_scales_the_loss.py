"""The loss is multiplied by T², as distillation does outside of the loss."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy",)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", temperature=1.0):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1) / temperature
    flat, target = rows.reshape(-1, rows.shape[-1]), labels.long().reshape(-1)
    losses = torch.nn.functional.cross_entropy(flat, target, reduction="none") * temperature**2
    if reduction == "none":
        return losses.reshape(rows.shape[:-1])
    return losses.mean() if reduction == "mean" else losses.sum()
