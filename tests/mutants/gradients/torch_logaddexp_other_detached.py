"""Each gradient takes the other argument as a constant: what is second order between both is 0."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/mixed-derivative-by-the-second",)


class Merged(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return torch.logaddexp(x, y)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * torch.sigmoid(x - y.detach()), g * torch.sigmoid(y - x.detach())


def logaddexp(x, y):
    return Merged.apply(x, y)
