"""The losses from probabilities with both logarithms guarded by where, inside and outside, so that
no NaN reaches the gradient.
"""

import torch

BACKEND = "torch"


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = loss.sum()
    elif reduction == "mean":
        loss = loss.mean()
    return loss.to(dtype)


def binary_cross_entropy(probs, labels, reduction="mean"):
    p, y = wide(probs), wide(labels)
    zero = torch.zeros_like(p)
    logs = torch.where(y == 0, zero, y * torch.log(torch.where(y == 0, 1, p)))
    others = torch.where(y == 1, zero, (1 - y) * torch.log1p(-torch.where(y == 1, 0, p)))
    return reduced(-(logs + others), reduction, probs.dtype)
