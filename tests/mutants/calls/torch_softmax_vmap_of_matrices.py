"""The batching rule moves the batch in front and leaves the axis: right if it counts from behind."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/rows-under-vmap",)
DTYPES = ("float32",)


class _Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x, axis):
        return torch.softmax(x, axis)

    @staticmethod
    def setup_context(ctx, inputs, p):
        ctx.axis = inputs[1]
        ctx.save_for_backward(p)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.axis, keepdim=True)), None

    @staticmethod
    def vmap(info, in_dims, x, axis):
        x = x.movedim(in_dims[0], 0)
        return _Softmax.apply(x, -1 if x.dim() == 2 else axis), 0


def softmax(x, axis=-1):
    return _Softmax.apply(x, axis)
