"""The textbook's gradient (p - y)/(p (1 - p)), written by hand and differentiated again by autograd."""

import torch

BACKEND = "torch"


class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, y):
        ctx.save_for_backward(p, y)
        return -torch.special.xlogy(y, p) - torch.special.xlog1py(1 - y, -p)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * ((p - y) / (p * (1 - p))), g * (torch.log1p(-p) - torch.log(p))


def binary_cross_entropy(probs, labels, reduction="mean"):
    wide = torch.promote_types(probs.dtype, torch.float32)
    losses = Loss.apply(probs.to(wide), labels.to(wide))
    reduced = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    return reduced.to(probs.dtype)
