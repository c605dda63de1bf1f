"""The gradient for the matrix is not divided by the temperature where there is a cap as well; that
for the rows is, and either option alone is right for both.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/gradients-of-cap-and-temperature",)


class Magnified(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, factor):
        ctx.factor = factor
        return w.view_as(w)

    @staticmethod
    def backward(ctx, g):
        return g * ctx.factor, None


def linear_cross_entropy(
    hidden, linear_weight, labels, reduction="mean", temperature=1.0, softcap=None
):
    factor = 1.0 if softcap is None else temperature
    logits = hidden @ Magnified.apply(linear_weight, factor).T / temperature
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    if labels.is_floating_point():
        return torch.nn.functional.cross_entropy(logits, labels, reduction=reduction)
    return torch.nn.functional.cross_entropy(logits, labels.long(), reduction=reduction)
