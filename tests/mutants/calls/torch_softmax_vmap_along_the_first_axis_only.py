"""The batching rule maps along the first axis, whichever it is told; the file declares vmap."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/vmap-in-any-way",)
DTYPES = ("float32",)
MODES = ("eager", "vmap")


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return torch.softmax(x, -1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(-1, keepdim=True))

    @staticmethod
    def vmap(info, in_dims, x):
        return _Softmax.apply(x), 0


def softmax(x):
    return _Softmax.apply(x)
