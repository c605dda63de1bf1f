"""The gradient is made in the forward pass, and the backward pass scales it where it lies."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradients-of-one-graph",)
DTYPES = ("float32", "float64")


class LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.slope, ctx.axis = torch.softmax(x, axis), axis
        return torch.logsumexp(x, axis)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return ctx.slope.mul_(g.unsqueeze(ctx.axis)), None


def logsumexp(x, axis=-1):
    return LogSumExp.apply(x, axis)
