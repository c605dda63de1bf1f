"""The backward pass adds to x.grad, where there is one, and returns the gradient as well."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradients-of-one-graph",)


class Softmax(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, axis):
        p = torch.softmax(x.to(torch.promote_types(x.dtype, torch.float32)), axis)
        ctx.axis, ctx.leaf = axis, x
        ctx.save_for_backward(p)
        return p.to(x.dtype)

    @staticmethod
    def backward(ctx, g):
        (p,) = ctx.saved_tensors
        gradient = p * (g - (p * g).sum(ctx.axis, keepdim=True))
        if ctx.leaf.grad is not None and not torch.is_grad_enabled():
            ctx.leaf.grad.add_(gradient.to(ctx.leaf.dtype))
        return gradient.to(ctx.leaf.dtype), None


def softmax(x, axis=-1):
    return Softmax.apply(x, axis)
