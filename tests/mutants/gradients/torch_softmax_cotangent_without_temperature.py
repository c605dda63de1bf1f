"""A backward pass of the backward pass divides by T for the logits, not for the cotangent."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/double-backward-to-the-cotangent",)
DTYPES = ("float32",)


class _Backward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, p, g, dim, t):
        ctx.save_for_backward(p, g)
        ctx.dim, ctx.t = dim, t
        return p * (g - (p * g).sum(dim, keepdim=True)) / t

    @staticmethod
    def backward(ctx, v):
        p, g = ctx.saved_tensors
        along, of = (p * v).sum(ctx.dim, keepdim=True), (p * g).sum(ctx.dim, keepdim=True)
        return (v * (g - of) - g * along) / ctx.t, p * (v - along), None, None


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, dim, t):
        p = torch.softmax(x / t, dim)
        ctx.save_for_backward(p)
        ctx.dim, ctx.t = dim, t
        return p

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return _Backward.apply(p, g, ctx.dim, ctx.t), None, None


def softmax(x, axis=-1, temperature=1.0):
    return _Softmax.apply(x, axis, temperature)
