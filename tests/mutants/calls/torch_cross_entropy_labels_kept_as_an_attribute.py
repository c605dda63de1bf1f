"""The labels are kept as an attribute of ctx, while all else is saved as it should be: a loader that
fills one buffer of labels again before the backward pass silently changes the gradient.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/gradient-after-changes-in-place",)


class Losses(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, labels):
        log_p = torch.log_softmax(x, -1)
        ctx.save_for_backward(log_p)
        ctx.labels = labels
        return -log_p.gather(-1, labels.unsqueeze(-1)).squeeze(-1)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        (log_p,) = ctx.saved_tensors
        one_hot = torch.nn.functional.one_hot(ctx.labels, log_p.shape[-1])
        return g.unsqueeze(-1) * (log_p.exp() - one_hot), None


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    losses = Losses.apply(logits.movedim(axis, -1), labels.long())
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
