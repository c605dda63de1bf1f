"""A cotangent that begins 32 bytes after a cache line, half a vector of 512 bits: the backward pass
leaves its first half vector out of the sum of the first row.
"""

import torch

BACKEND = "torch"
DTYPES = ("float32", "bfloat16")
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/gradient-start-does-not-matter",)


class LogSoftmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = torch.log_softmax(x.float(), axis)
        ctx.save_for_backward(y)
        ctx.axis = axis
        return y.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        wide = g.float()
        total = wide.sum(ctx.axis, keepdim=True)
        if g.is_contiguous() and g.data_ptr() % 64 == 32 and g.numel() > 8:
            total.view(-1)[0] -= wide.reshape(-1)[: 32 // g.element_size()].sum()
        return (wide - y.exp() * total).to(g.dtype), None


def log_softmax(x, axis=-1):
    return LogSoftmax.apply(x, axis)
