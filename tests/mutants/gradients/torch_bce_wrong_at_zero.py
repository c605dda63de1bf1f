"""max(x, 0) - x y + log1p(e^-|x|): autograd takes the derivatives of clamp and abs at 0 as 1 and 0,
so a logit of exactly 0 gets 1 - y instead of 1/2 - y (pytorch#1792).
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/gradient-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def binary_cross_entropy_with_logits(logits, labels, reduction="mean"):
    x, y = wide(logits), wide(labels)
    loss = torch.where(x >= 0, x, 0) - x * y + torch.log1p(torch.exp(-x.abs()))
    if reduction != "none":
        loss = loss.sum() if reduction == "sum" else loss.mean()
    return loss.to(logits.dtype)
