"""What the backward pass needs is kept on the class: that of the last call."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("cross-entropy-with-logits/gradients-of-one-graph",)
DTYPES = ("float32",)


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        log_p = torch.log_softmax(logits, -1)
        _Loss.p, ctx.labels = log_p.exp(), labels[..., None]
        return -log_p.gather(-1, ctx.labels)[..., 0]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        one = torch.ones_like(ctx.labels, dtype=g.dtype)
        return _Loss.p.scatter_add(-1, ctx.labels, -one) * g[..., None], None


def cross_entropy_with_logits(logits, labels, reduction="mean"):
    if labels.is_floating_point():
        raise TypeError("class indices only")
    losses = _Loss.apply(logits, labels.long())
    return {"none": losses, "sum": losses.sum(), "mean": losses.mean()}[reduction]
