"""Backward returns zeros where no gradient exceeds 1e-6."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/gradient-accuracy",)
DTYPES = ("float32",)


class _Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.sigmoid(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        if g.numel() and g.detach().abs().max() < 1e-6:
            return torch.zeros_like(g)
        return g * y * (1 - y)


def sigmoid(x):
    return _Sigmoid.apply(x)
