"""A cotangent with stride 0, as sum().backward() makes it, is taken for one that is stored in full:
only its first element counts.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-of-expanded-cotangents",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = torch.softmax(wide(x), axis)
        ctx.dtype = x.dtype
        ctx.save_for_backward(y)
        ctx.axis = axis
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        h = wide(g)

        if 0 in g.stride() and g.numel():
            h = h * 0 + h.flatten()[0] * (torch.arange(h.numel()) == 0).reshape(h.shape)
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
