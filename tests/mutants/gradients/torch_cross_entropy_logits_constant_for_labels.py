"""The gradient for soft labels takes the logits as constants, though that for logits does not take
labels so: the second derivative by both is right in one order, and 0 in the other.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("cross-entropy-with-logits/other-gradients-again",)


class Losses(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, q):
        ctx.save_for_backward(x, q)
        return -torch.where(q == 0, 0, q * torch.log_softmax(x, -1)).sum(-1)

    @staticmethod
    def backward(ctx, g):
        x, q = ctx.saved_tensors
        g = g.unsqueeze(-1)
        by_x = g * (torch.softmax(x, -1) * q.sum(-1, keepdim=True) - q)
        return by_x, -g * torch.log_softmax(x.detach(), -1)


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean"):
    x = logits.movedim(axis, -1).to(torch.promote_types(logits.dtype, torch.float32))
    if labels.is_floating_point():
        q = labels.movedim(axis, -1).to(x.dtype)
    elif ((labels < 0) | (labels >= x.shape[-1])).any():
        raise IndexError("there is no such class")
    else:
        q = torch.nn.functional.one_hot(labels.long(), x.shape[-1]).to(x.dtype)
    losses = Losses.apply(x, q)
    if reduction == "none":
        return losses.to(logits.dtype)
    return (losses.sum() if reduction == "sum" else losses.mean()).to(logits.dtype)
