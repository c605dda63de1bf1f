"""The backward pass of bfloat16 sums the projection in bfloat16, one class after the other."""

import torch

BACKEND = "torch"
DTYPES = ("bfloat16",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-accuracy",)


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

        low = (p * h).to(ctx.dtype)
        dot = torch.zeros_like(low.narrow(ctx.axis, 0, 1)) if low.numel() else low
        for part in low.split(1, ctx.axis):
            dot = dot + part
        return (p * (h - dot)).to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
