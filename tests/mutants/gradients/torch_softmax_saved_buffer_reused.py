"""One workspace for each shape serves all calls: a second forward pass before the first backward
pass replaces the saved probabilities.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/hessian-accuracy",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


workspace = {}


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        workspace[x.shape, axis] = torch.softmax(wide(x), axis)
        ctx.key, ctx.dtype = (x.shape, axis), x.dtype
        return workspace[ctx.key].to(x.dtype, copy=True)

    @staticmethod
    def backward(ctx, g):
        p, h = workspace[ctx.key], wide(g)
        return (p * (h - (p * h).sum(ctx.key[1], keepdim=True))).to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
