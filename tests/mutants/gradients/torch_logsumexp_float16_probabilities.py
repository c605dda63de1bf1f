"""The backward pass takes p = exp(x - L) from the L that was rounded to 16 bits."""

import torch

BACKEND = "torch"
DTYPES = ("float16", "bfloat16")
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
    "logsumexp/hessian-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


class LogSumExp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        y = torch.logsumexp(wide(x), axis).to(x.dtype)
        ctx.save_for_backward(x, y)
        ctx.axis = axis
        return y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        low = torch.where(torch.isfinite(y), y, 0).unsqueeze(ctx.axis)
        p = torch.exp(wide(x) - wide(low))
        return (p * wide(g).unsqueeze(ctx.axis)).to(x.dtype), None


def logsumexp(x, axis=-1):
    return LogSumExp.apply(x, axis)
