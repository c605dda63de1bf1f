"""The cap bends the log-probabilities and not the logits."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1, softcap=None):
    y = torch.log_softmax(x, axis)
    return y if softcap is None else softcap * torch.tanh(y / softcap)
