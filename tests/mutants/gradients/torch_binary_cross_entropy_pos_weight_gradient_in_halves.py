"""The gradient for one pos_weight of all elements is added up in its own format, one by one."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float16", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/pos-weight-gradient-accuracy",)


class _Expanded(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight, shape):
        return weight.expand(shape).clone()

    @staticmethod
    def backward(ctx, g):
        total = torch.zeros((), dtype=g.dtype)
        for each in g.flatten():
            total = total + each
        return total, None


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    x, y = logits.float(), labels.float()
    weight = 1.0
    if pos_weight is not None and pos_weight.dim() == 0:
        weight = _Expanded.apply(pos_weight, logits.shape).float()
    elif pos_weight is not None:
        weight = pos_weight.float()
    losses = weight * y * -F.logsigmoid(x) - (1 - y) * F.logsigmoid(-x)
    if reduction != "none":
        losses = losses.sum() if reduction == "sum" else losses.mean()
    return losses.to(logits.dtype)
