"""The backward pass reads the cotangent with the strides of the saved output."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum", "softmax/hessian-accuracy")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(wide(x), axis)
        ctx.save_for_backward(p)
        ctx.axis, ctx.dtype = axis, x.dtype
        return p.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        h = wide(g)
        packed = min(p.stride(), default=1) > 0 and not h.storage_offset()
        if packed and h.untyped_storage().size() >= p.untyped_storage().size():
            h = torch.as_strided(h, p.shape, p.stride(), h.storage_offset())
        return (p * (h - (p * h).sum(ctx.axis, keepdim=True))).to(ctx.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
