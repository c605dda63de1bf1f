"""Where a bias learns, too, the gradient for the rows takes the matrix as a constant."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/other-gradients-again",)


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, h, W, b):
        ctx.save_for_backward(h, W)
        return h @ W.T + b

    @staticmethod
    def backward(ctx, g):
        h, W = ctx.saved_tensors
        fixed = W.detach() if ctx.needs_input_grad[2] else W
        return g @ fixed, g.T @ h, g.sum(0)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    bias = hidden.new_zeros(len(linear_weight)) if linear_bias is None else linear_bias
    z = Product.apply(hidden, linear_weight, bias)
    losses = -torch.log_softmax(z, -1).gather(-1, labels.long().unsqueeze(-1)).squeeze(-1)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
