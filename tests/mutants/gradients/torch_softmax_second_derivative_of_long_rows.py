"""Beyond 2,048 classes the projection of the backward pass takes p as a constant."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/hessian-of-long-rows",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x, axis)
        ctx.axis = axis
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        q = p.detach() if p.shape[ctx.axis] > 2048 else p
        return p * (g - (q * g).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
