"""Class weights are detached, so that training them leaves them as they are."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/weight-has-a-gradient",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def targets(labels, n, axis, dtype):
    if labels.is_floating_point():
        return torch.movedim(labels, axis, -1).to(dtype)
    hot = labels[..., None] == torch.arange(n)
    return torch.where(hot.any(-1, keepdim=True), hot, torch.nan).to(dtype)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    x = torch.movedim(wide(logits), axis, -1)
    q = targets(labels, x.shape[-1], axis, x.dtype)
    w = torch.ones(x.shape[-1]) if weight is None else wide(weight)
    w = w.detach()
    a = w * q
    loss = -torch.where(a == 0, 0, a * torch.log_softmax(x, -1)).sum(-1)
    if reduction == "sum":
        loss = loss.sum()
    elif reduction == "mean":
        total = q[..., 0].numel() if labels.is_floating_point() else a.sum()
        loss = loss.sum() / total
    return loss.to(logits.dtype)
