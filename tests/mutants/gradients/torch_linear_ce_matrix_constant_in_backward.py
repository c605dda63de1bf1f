"""The backward pass of the product takes either factor as a constant: second derivatives by one
argument are right, those by both are not.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/mixed-derivative-by-the-matrix",)


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, w):
        ctx.save_for_backward(h, w)
        return h @ w.T

    @staticmethod
    def backward(ctx, g):
        h, w = ctx.saved_tensors
        return g @ w.detach(), g.T @ h.detach()


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    logits = Product.apply(hidden, linear_weight)
    if linear_bias is not None:
        logits = logits + linear_bias
    if labels.is_floating_point():
        return torch.nn.functional.cross_entropy(logits, labels, reduction=reduction)
    return torch.nn.functional.cross_entropy(logits, labels.long(), reduction=reduction)
