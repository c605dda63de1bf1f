"""Double backward differentiates s but not 1 - s: σ'' is s (1 - s)² instead of s (1 - s) (1
- 2 s).
"""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/hessian-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.sigmoid(wide(x))
        ctx.save_for_backward(x)
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (wide(g) * torch.sigmoid(wide(x)) * torch.sigmoid(-wide(x)).detach()).to(x.dtype)


def sigmoid(x):
    return Sigmoid.apply(x)
