"""With a cap the backward pass holds 1 - tanh^2 constant (saved detached)."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/hessian-accuracy",)
DTYPES = ("float32",)


class _Cap(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, c):
        t = torch.tanh(x / c)
        ctx.slope = 1 - t * t  # an attribute: no graph through it
        return c * t

    @staticmethod
    def backward(ctx, g):
        return g * ctx.slope, None


def softmax(x, axis=-1, softcap=None):
    return torch.softmax(x if softcap is None else _Cap.apply(x, softcap), axis)
