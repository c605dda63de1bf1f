"""The gradient for the logits takes the weights as constants, although they have a gradient: what
is learned of weights through a gradient of the logits is lost.
"""

import torch
from torch.nn.functional import softplus

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/other-gradients-again",)


class Weighted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, losses, weight):
        ctx.save_for_backward(losses, weight)
        return losses * weight

    @staticmethod
    def backward(ctx, g):
        losses, weight = ctx.saved_tensors
        return g * weight.detach(), g * losses


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    labels = labels.to(logits.dtype)
    losses = torch.where(labels == 0, 0, labels * softplus(-logits))
    losses = losses + torch.where(labels == 1, 0, (1 - labels) * softplus(logits))
    if weight is not None:
        losses = Weighted.apply(losses, weight.expand(losses.shape))
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
