"""Where a gradient is tracked, the forward pass keeps its result in bfloat16."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/value-in-every-use",)
DTYPES = ("float32", "float64")


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x, axis)
        ctx.save_for_backward(p)
        ctx.axis = axis
        return p.bfloat16().to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis) if x.requires_grad else torch.softmax(x, axis)
