"""A forward rule works in the memory of its argument, unless that is a leaf of the graph."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/value-in-every-use",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x, axis)
        if not x.is_leaf:
            x.detach().copy_(p)
        ctx.save_for_backward(p)
        ctx.axis = axis
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
