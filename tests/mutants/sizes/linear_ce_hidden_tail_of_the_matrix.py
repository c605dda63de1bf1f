"""Of more than 64 hidden numbers the last tile of the matrix's gradient is not written."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/matrix-gradient-accuracy",)
DTYPES = ("float32",)
TILE = 64


class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, matrix):
        ctx.save_for_backward(hidden, matrix)
        return hidden @ matrix.T

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        hidden, matrix = ctx.saved_tensors
        of_matrix = g.T @ hidden
        if hidden.shape[-1] > TILE:
            of_matrix[:, hidden.shape[-1] // TILE * TILE :] = 0
        return g @ matrix, of_matrix


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    logits = Product.apply(hidden, linear_weight)
    logits = logits if linear_bias is None else logits + linear_bias
    return F.cross_entropy(logits, labels.long(), reduction=reduction)
