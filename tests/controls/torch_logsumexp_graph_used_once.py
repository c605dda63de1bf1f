"""The backward pass lets go of what the forward pass saved: used again, a graph refuses aloud."""

import torch

BACKEND = "torch"
DTYPES = ("float32", "float64")


class LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.slope, ctx.axis = torch.softmax(x, axis), axis
        return torch.logsumexp(x, axis)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        if ctx.slope is None:
            raise RuntimeError("this graph has given its gradient")
        slope, ctx.slope = ctx.slope, None
        return slope.mul_(g.unsqueeze(ctx.axis)), None


def logsumexp(x, axis=-1):
    return LogSumExp.apply(x, axis)
