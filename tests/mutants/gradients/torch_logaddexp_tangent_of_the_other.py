"""The tangent of the second argument has the factor of the first; both gradients, and the tangent
of the first, are right.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/forward-by-other-arguments",)


class LogAddExp(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return torch.logaddexp(x, y)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * torch.sigmoid(x - y), g * torch.sigmoid(y - x)

    @staticmethod
    def jvp(ctx, dx, dy):
        x, y = ctx.saved_tensors
        slope = torch.sigmoid(x - y)
        return sum((slope * d for d in (dx, dy) if d is not None), torch.zeros_like(x))


def logaddexp(x, y):
    both_low = (x == y) & torch.isinf(x)  # −inf and −inf, inf and inf: no difference
    return torch.where(both_low, x, LogAddExp.apply(x, y))
