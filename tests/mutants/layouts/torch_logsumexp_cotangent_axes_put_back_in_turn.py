"""Negative axes are put back into the cotangent one after the other, each where it is not yet."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/gradient-along-several-axes",)
DTYPES = ("float32",)


class _LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axes):
        ctx.save_for_backward(x)
        ctx.axes = axes
        return torch.logsumexp(x, axes)

    @staticmethod
    def backward(ctx, cotangent):
        (x,) = ctx.saved_tensors
        powers = torch.exp(x - x.amax(ctx.axes, keepdim=True))
        for axis in ctx.axes:
            cotangent = cotangent.unsqueeze(axis)
        return cotangent * (powers / powers.sum(ctx.axes, keepdim=True)), None


def logsumexp(x, axis=-1):
    axes = tuple(range(x.dim())) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return _LogSumExp.apply(x, axes)
