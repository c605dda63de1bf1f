"""Soft labels have a gradient only if the logits have one: not of a model that is frozen."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/gradients-together",)


class Soft(torch.autograd.Function):
    @staticmethod
    def forward(ctx, log_p, labels):
        ctx.save_for_backward(log_p, labels)
        return -torch.where(labels == 0, 0.0, labels * log_p).sum(-1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        log_p, labels = ctx.saved_tensors
        if not ctx.needs_input_grad[0]:
            return None, None
        return -g.unsqueeze(-1) * labels, -g.unsqueeze(-1) * log_p


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    log_p = torch.log_softmax(logits, -1)
    if labels.is_floating_point():
        losses = Soft.apply(log_p, labels)
    else:
        losses = -log_p.gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
