"""The gradient for the second argument takes that argument as a constant: its derivatives by the
first are right, but not those by the second.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/other-gradients-again",)


class LogAddExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return torch.logaddexp(x, y)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * torch.sigmoid(x - y), g * torch.sigmoid(y.detach() - x)


def logaddexp(x, y):
    infinite = (x == y) & torch.isinf(x)  # no difference
    return torch.where(infinite, x, LogAddExp.apply(x, y))
