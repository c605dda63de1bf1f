"""The backward pass works on detached values: the gradient is right, the second derivative is
silently 0 (tensorflow#7403).
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/hessian-accuracy",)


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
        p = p.detach()
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
