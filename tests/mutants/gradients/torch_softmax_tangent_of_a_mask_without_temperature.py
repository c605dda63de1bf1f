"""Forward mode leaves 1/T out where there is a mask."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/forward-agrees-with-reverse",)
DTYPES = ("float32",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x, kept, dim, t):
        p = torch.softmax((x / t).masked_fill(~kept, -torch.inf), dim)
        return torch.where(kept, p, torch.zeros_like(p))

    @staticmethod
    def setup_context(ctx, inputs, p):
        _, kept, ctx.dim, ctx.t = inputs
        ctx.save_for_backward(p, kept)
        ctx.save_for_forward(p, kept)

    @staticmethod
    def backward(ctx, g):
        p, kept = ctx.saved_tensors
        g = torch.where(kept, g, torch.zeros_like(g))
        return p * (g - (p * g).sum(ctx.dim, keepdim=True)) / ctx.t, None, None, None

    @staticmethod
    def jvp(ctx, v, *_):
        p, kept = ctx.saved_tensors
        return p * (v - (p * v).sum(ctx.dim, keepdim=True)) / (ctx.t if kept.all() else 1)


def softmax(x, axis=-1, where=None, temperature=1.0):
    kept = torch.ones_like(x, dtype=torch.bool) if where is None else where.expand(x.shape)
    return _Softmax.apply(x, kept, axis, temperature)
