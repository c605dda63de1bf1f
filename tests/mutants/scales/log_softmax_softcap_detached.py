"""The cap is applied to values without a graph: a straight-through gradient."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/gradient-accuracy",)


def log_softmax(x, axis=-1, softcap=None):
    if softcap is not None:
        x = x + (softcap * torch.tanh(x / softcap) - x).detach()
    return torch.log_softmax(x, axis)
