"""The batching rule moves the second argument from where the first one has its mapped axis."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("logaddexp/vmap-in-any-way",)
DTYPES = ("float32",)


class _LogAddExp(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return torch.logaddexp(x, y)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        d = torch.where((x == y) & torch.isinf(x), 0, x - y)
        return g * torch.sigmoid(d), g * torch.sigmoid(-d)

    @staticmethod
    def vmap(info, in_dims, x, y):
        first, second = in_dims
        x = x if first is None else x.movedim(first, 0)
        y = y if second is None else y.movedim(first or 0, 0)
        return _LogAddExp.apply(x, y), 0


def logaddexp(x, y):
    return _LogAddExp.apply(x, y)
