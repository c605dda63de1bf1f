"""The derivative for pos_weight forgets the label: negatives push it as positives do."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/pos-weight-gradient-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    rho = torch.ones(()) if pos_weight is None else wide(pos_weight)
    up, down = -torch.nn.functional.logsigmoid(x), -torch.nn.functional.logsigmoid(-x)
    positive, negative = rho * y + (rho - rho.detach()) * (1 - y), 1 - y
    loss = torch.where(positive == 0, 0, positive * up)
    loss = loss + torch.where(negative == 0, 0, negative * down)
    loss = loss if weight is None else loss * wide(weight)
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.to(logits.dtype)
