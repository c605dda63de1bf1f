"""The backward pass of more than 1,024 classes subtracts a boolean mask, which PyTorch refuses."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/gradient-accuracy",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        ctx.axis, p = axis, torch.softmax(x, axis)
        ctx.save_for_backward(p)
        return p

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        if p.shape[ctx.axis] > 1024:
            p = p - (p < 0)
        return p * (g - (g * p).sum(ctx.axis, keepdim=True)), None


def softmax(x, axis=-1):
    return _Softmax.apply(x, axis)
