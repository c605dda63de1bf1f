"""The result is kept as an attribute of ctx, where PyTorch does not watch it: dropout in place after
the softmax silently spoils its gradient.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-after-changes-in-place",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.p, ctx.axis = torch.softmax(x, axis), axis
        return ctx.p

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return ctx.p * (g - (ctx.p * g).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
