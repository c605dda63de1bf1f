"""The rule for tangents holds p fixed: what is derived of it again lacks the derivative of p. Forward
mode, reverse mode and double backward are right.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/hessian-in-any-order",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(x, axis):
        return torch.softmax(x, axis)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.axis = inputs[1]
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        return p * (g - (p * g).sum(ctx.axis, keepdim=True)), None

    @staticmethod
    def jvp(ctx, t, _):
        p = ctx.saved_tensors[0].detach()
        return p * (t - (p * t).sum(ctx.axis, keepdim=True))


def softmax(x, axis=-1):
    wide = torch.promote_types(x.dtype, torch.float32)
    return Softmax.apply(x.to(wide), axis).to(x.dtype)
