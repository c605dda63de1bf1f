"""The gradient is an operation of its own, whose backward pass has y/p² and not (1 - y)/(1 - p)²."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy/hessian-accuracy",)


class Slope(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, y):
        ctx.save_for_backward(p, y)
        return (1 - y) / (1 - p) - y / p

    @staticmethod
    def backward(ctx, v):
        p, y = ctx.saved_tensors
        return v * y / p / p, -v * (1 / (1 - p) + 1 / p)


class Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, y):
        ctx.save_for_backward(p, y)
        return -torch.special.xlogy(y, p) - torch.special.xlog1py(1 - y, -p)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * Slope.apply(p, y), g * (torch.log1p(-p) - torch.log(p))


def binary_cross_entropy(probs, labels, reduction="mean"):
    wide = torch.promote_types(probs.dtype, torch.float32)
    losses = Loss.apply(probs.to(wide), labels.to(wide))
    reduced = {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
    return reduced.to(probs.dtype)
