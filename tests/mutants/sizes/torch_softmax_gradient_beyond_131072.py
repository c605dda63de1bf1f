"""The backward pass has a grid of 128 blocks of 1024 classes; what is beyond gets no gradient."""

import torch

BACKEND = "torch"
DTYPES = ("float32", "bfloat16", "float16")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-accuracy",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x.float(), axis)
        ctx.save_for_backward(p)
        ctx.axis, ctx.dtype = axis, x.dtype
        return p.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        g = g.float()
        found = p * (g - (p * g).sum(ctx.axis, keepdim=True))
        found.movedim(ctx.axis, -1)[..., 128 * 1024 :] = 0
        return found.to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
