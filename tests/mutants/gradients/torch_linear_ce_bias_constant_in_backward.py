"""The gradient for the bias keeps no graph, while those for the rows and the matrix do: a penalty on
it moves nothing.
"""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "subtle"
CAUGHT_BY = ("linear-cross-entropy/other-gradients-again",)


class Shifted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, b):
        return z + b

    @staticmethod
    def backward(ctx, g):
        return g, g.detach().sum(0)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    if labels.is_floating_point():
        raise NotImplementedError("soft labels")
    z = hidden @ linear_weight.T
    if linear_bias is not None:
        z = Shifted.apply(z, linear_bias)
    y = labels.long().unsqueeze(-1)
    losses = -torch.log_softmax(z, -1).gather(-1, y).squeeze(-1)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
