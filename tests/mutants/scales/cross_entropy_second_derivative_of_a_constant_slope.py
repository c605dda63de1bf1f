"""The slope of the cap is taken for a constant in a second derivative."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/hessian-accuracy",)


class Cap(torch.autograd.Function):
    @staticmethod
    def forward(x, c):
        return c * torch.tanh(x / c)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.c = inputs[1]
        ctx.save_for_backward(output.detach())

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * (1 - (y.detach() / ctx.c) ** 2), None


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", softcap=None):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    rows = logits.movedim(axis, -1)
    rows = rows if softcap is None else Cap.apply(rows, softcap)
    y = torch.log_softmax(rows, -1)
    losses = -y.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    return losses if reduction == "none" else getattr(losses, reduction)()
