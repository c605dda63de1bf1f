"""The class weights have a gradient when it is asked for alone; beside that for the logits, which
training asks for, it is lost.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy-with-logits/gradients-together",)


class Weighted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, losses, weights):
        ctx.save_for_backward(losses, weights)
        return losses * weights

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        losses, weights = ctx.saved_tensors
        if ctx.needs_input_grad[0]:
            return g * weights, None
        return None, g * losses


def cross_entropy_with_logits(logits, labels, axis=-1, reduction="mean", weight=None):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    x, y = logits.movedim(axis, -1), labels.long()
    losses = -torch.log_softmax(x, -1).gather(-1, y.unsqueeze(-1)).squeeze(-1)
    total = torch.tensor(y.numel(), dtype=x.dtype)
    if weight is not None:
        weights = weight.to(x.dtype)[y]
        losses, total = Weighted.apply(losses, weights), weights.sum()
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.sum() / total
