"""The sum of class weights under a mean is detached: the quotient rule lacks its second term."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/weight-gradient-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", weight=None):
    x = torch.log_softmax(wide(hidden) @ wide(linear_weight).T, -1)
    w = torch.ones(x.shape[-1], dtype=x.dtype) if weight is None else wide(weight)
    if labels.is_floating_point():
        loss = -(w * wide(labels) * x).sum(-1)
        total = torch.tensor(loss.numel())
    else:
        chosen = w[labels.long()]
        loss = -chosen * x.gather(-1, labels.long()[..., None])[..., 0]
        total = chosen.sum().detach()
    if reduction != "none":
        loss = loss.sum() / (total if reduction == "mean" else 1)
    return loss.to(hidden.dtype)
