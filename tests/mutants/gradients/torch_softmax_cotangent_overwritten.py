"""The backward pass multiplies the incoming cotangent in place (apex#1430)."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = (
    "softmax/gradient-leaves-arguments-alone",
    "softmax/gradient-has-no-state",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = torch.softmax(wide(x), axis)
        ctx.dtype = x.dtype
        ctx.save_for_backward(y)
        ctx.axis = axis
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        h = wide(g)
        dot = (p * h).sum(ctx.axis, keepdim=True)
        grad = (p * (h - dot)).to(ctx.dtype)
        if g.is_contiguous():
            g.detach().copy_(grad)
        return grad, None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
