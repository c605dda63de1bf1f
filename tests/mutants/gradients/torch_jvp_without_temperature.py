"""Forward mode leaves 1/T out."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/forward-agrees-with-reverse",)
DTYPES = ("float32",)


class _F(torch.autograd.Function):
    @staticmethod
    def forward(x, dim, t):
        return torch.log_softmax(x / t, dim)

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.dim, ctx.t = inputs
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return (g - y.exp() * g.sum(ctx.dim, keepdim=True)) / ctx.t, None, None

    @staticmethod
    def jvp(ctx, v, _1, _2):
        (y,) = ctx.saved_tensors
        return v - (y.exp() * v).sum(ctx.dim, keepdim=True)


def log_softmax(x, axis=-1, temperature=1.0):
    return _F.apply(x, axis, temperature)
