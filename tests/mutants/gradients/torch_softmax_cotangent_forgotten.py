"""The backward pass is an autograd.Function whose own backward pass has no gradient for the cotangent:
second derivatives of the softmax alone are right, those of what is not linear in it are not.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/double-backward-to-the-cotangent",)


class Projection(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, g, axis):
        ctx.save_for_backward(p, g)
        ctx.axis = axis
        return p * (g - (p * g).sum(axis, keepdim=True))

    @staticmethod
    def backward(ctx, v):
        p, g = ctx.saved_tensors
        dot = (p * g).sum(ctx.axis, keepdim=True)
        vp = (v * p).sum(ctx.axis, keepdim=True)
        return v * (g - dot) - g * vp, None, None


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x, axis)
        ctx.save_for_backward(p)
        ctx.axis = axis
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return Projection.apply(p, g, ctx.axis), None


def softmax(x, axis=-1):
    wide = torch.promote_types(x.dtype, torch.float32)
    return Softmax.apply(x.to(wide), axis).to(x.dtype)
