"""Forward mode is written by hand and lacks the factor 1 - s; reverse mode is right."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/forward-agrees-with-reverse",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.sigmoid(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (wide(g) * torch.sigmoid(wide(x)) * torch.sigmoid(-wide(x))).to(x.dtype)

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return (wide(t) * torch.sigmoid(wide(x))).to(x.dtype)


def sigmoid(x):
    return Sigmoid.apply(x)
