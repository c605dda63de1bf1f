"""The backward pass reads the saved logits as if they were stored in C order: wrong for transposed
and sliced inputs.
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum", "softmax/hessian-accuracy")


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
        strides = torch.empty(x.shape, device="meta").stride()
        flat = x if 0 in x.stride() else x.as_strided(x.shape, strides)
        p, h = torch.softmax(wide(flat), ctx.axis), wide(g)
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(x.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
