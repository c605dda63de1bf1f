"""The gradient takes floating labels for distributions: p − q, where p Σq − q is meant."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/gradient-accuracy",)


class _Losses(torch.autograd.Function):
    """The loss of each row, and p − q for its gradient by the logits."""

    @staticmethod
    def forward(ctx, z, q):
        log_p = torch.log_softmax(z, -1)
        ctx.save_for_backward(log_p.exp() - q)
        return -(q * log_p).sum(-1)

    @staticmethod
    def backward(ctx, g):
        (slope,) = ctx.saved_tensors
        return g[..., None] * slope, None


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    if not labels.is_floating_point():
        labels = torch.nn.functional.one_hot(labels.long(), len(linear_weight)).to(hidden.dtype)
    z = torch.nn.functional.linear(hidden, linear_weight, linear_bias)
    losses = _Losses.apply(z, labels)
    return losses if reduction == "none" else getattr(losses, reduction)()
