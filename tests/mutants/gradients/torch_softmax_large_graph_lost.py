"""Of more than 2¹⁵ numbers the backward pass computes p anew, without a graph: no double backward."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/hessian-of-large-batches",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x, axis)
        ctx.axis, ctx.anew = axis, x.numel() > 2**15
        ctx.save_for_backward(x if ctx.anew else p)
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        if ctx.anew:
            with torch.no_grad():
                p = torch.softmax(p, ctx.axis)
        return p * (g - (g * p).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
