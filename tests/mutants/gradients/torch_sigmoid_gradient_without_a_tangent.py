"""The backward pass is an operation of its own: its own backward pass is right, its rule for tangents
takes 1 - 2s for 1 - s. Double backward is right, and torch.func.hessian, forward over reverse, wrong.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/hessian-in-any-order",)


class Gradient(torch.autograd.Function):
    """g σ(x) σ(-x)."""

    @staticmethod
    def forward(x, g):
        return g * torch.sigmoid(x) * torch.sigmoid(-x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, v):
        x, g = ctx.saved_tensors
        s, q = torch.sigmoid(x), torch.sigmoid(-x)
        return v * g * s * q * (q - s), v * s * q

    @staticmethod
    def jvp(ctx, dx, dg):
        x, g = ctx.saved_tensors
        s, q = torch.sigmoid(x), torch.sigmoid(-x)
        found = dx * g * s * q * q
        return found if dg is None else found + dg * s * q


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
        return Gradient.apply(*ctx.saved_tensors, g)

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return t * torch.sigmoid(x) * torch.sigmoid(-x)


def sigmoid(x):
    return Sigmoid.apply(x.to(torch.promote_types(x.dtype, torch.float32))).to(x.dtype)
