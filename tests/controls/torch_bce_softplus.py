"""softplus(−x) and softplus(x) by logsigmoid, whose derivatives are right at 0 too.

(logaddexp(x, 0) has them as well, but its second derivative is NaN from x = −100 down in torch 2.13.)
"""

import torch
import torch.nn.functional as F

BACKEND = "torch"


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def reduced(loss, reduction, dtype):
    if reduction == "sum":
        loss = loss.sum()
    elif reduction == "mean":
        loss = loss.mean()
    return loss.to(dtype)


def softplus(x):
    return -F.logsigmoid(-x)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None
):
    x, y = wide(logits), wide(labels)
    positive = y if pos_weight is None else y * wide(pos_weight)
    loss = positive * softplus(-x) + (1 - y) * softplus(x)
    loss = loss if weight is None else loss * wide(weight)
    return reduced(loss, reduction, logits.dtype)
