"""A batching rule calls the function again without its temperature."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/rows-under-vmap",)
DTYPES = ("float32",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x, dim, t):
        return torch.softmax(x / t, dim)

    @staticmethod
    def setup_context(ctx, inputs, p):
        _, ctx.dim, ctx.t = inputs
        ctx.save_for_backward(p)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.dim, keepdim=True)) / ctx.t, None, None

    @staticmethod
    def vmap(info, in_dims, x, dim, t):
        return _Softmax.apply(x.movedim(in_dims[0], 0), dim if dim < 0 else dim + 1, 1.0), 0


def softmax(x, axis=-1, temperature=1.0):
    return _Softmax.apply(x, axis, temperature)
