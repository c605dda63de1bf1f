"""The gradient of a custom function is divided by T², as one that divides the saved logits again."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/gradient-accuracy",)


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(x, axis, temperature):
        return torch.log_softmax(x / temperature, axis)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.axis, ctx.temperature = inputs[1:]
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        slope = g - y.exp() * g.sum(ctx.axis, keepdim=True)
        return slope / ctx.temperature**2, None, None


def log_softmax(x, axis=-1, temperature=1.0):
    return Scaled.apply(x, axis, temperature)
