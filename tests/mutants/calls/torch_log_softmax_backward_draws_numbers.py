"""The backward pass advances torch's global random state: a stochastic rounding left in."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/leaves-the-process-alone",)


class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.log_softmax(x, -1)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        torch.rand(1)
        return g - y.exp() * g.sum(-1, keepdim=True)


def log_softmax(x):
    return LogSoftmax.apply(x)
