"""A torch.autograd.Function with its own backward pass, made of differentiable operations so that
second derivatives are right too.
"""

import torch

BACKEND = "torch"


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = torch.softmax(x, axis)
        ctx.save_for_backward(y)
        ctx.axis = axis
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        wide = torch.promote_types(y.dtype, torch.float32)
        p, h = y.to(wide), g.to(wide)
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(y.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
