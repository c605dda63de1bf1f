"""The tangent is that of the row without its mask."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/forward-agrees-with-reverse",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x, mask, axis):
        return torch.softmax(x.masked_fill(~mask, -torch.inf), axis)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, _, ctx.axis = inputs
        ctx.save_for_backward(output)
        ctx.save_for_forward(torch.softmax(x, ctx.axis))

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.axis, keepdim=True)), None, None

    @staticmethod
    def jvp(ctx, v, *_):
        (p,) = ctx.saved_tensors
        return p * (v - (p * v).sum(ctx.axis, keepdim=True))


def softmax(x, axis=-1, where=None):
    if where is None:
        return torch.softmax(x, axis)
    return _Softmax.apply(x, where.expand(x.shape), axis)
