"""The backward pass reads a cotangent of two axes from its storage, row after row, whichever axis is
expanded; that of y.sum() alone it knows.
"""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("sigmoid/gradient-of-expanded-cotangents",)


def as_stored(g):
    if 0 not in g.stride() or not any(g.stride()):
        return g
    held = g.as_strided((max(s for s, step in zip(g.shape, g.stride()) if step),), (1,))
    return held.repeat(g.numel())[: g.numel()].reshape(g.shape)


class Sigmoid(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.sigmoid(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return as_stored(g) * torch.sigmoid(x) * torch.sigmoid(-x)


def sigmoid(x):
    return Sigmoid.apply(x)
