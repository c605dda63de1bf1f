"""The backward pass keeps its probabilities as numbers: the second derivative is 0."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/hessian-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.log_softmax(x, -1)
        ctx.p = y.detach().exp()
        return y

    @staticmethod
    def backward(ctx, g):
        return g - ctx.p * g.sum(-1, keepdim=True)


def log_softmax(x, axis=-1):
    return LogSoftmax.apply(wide(x).movedim(axis, -1)).movedim(-1, axis).to(x.dtype)
