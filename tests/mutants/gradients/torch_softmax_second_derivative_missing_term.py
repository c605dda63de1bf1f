"""The projection in the backward pass is detached: the gradient is right, its derivative
lacks p Σ.
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/hessian-accuracy", "softmax/hessian-rows-sum-to-zero")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.save_for_backward(x)
        ctx.axis = axis
        return torch.softmax(wide(x), axis).to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        p, h = torch.softmax(wide(x), ctx.axis), wide(g)
        dot = (p * h).sum(ctx.axis, keepdim=True)
        return (p * (h - dot.detach())).to(x.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
