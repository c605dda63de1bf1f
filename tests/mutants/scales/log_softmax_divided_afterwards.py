"""log_softmax(x)/T, which is not normalised."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1, temperature=1.0):
    return torch.log_softmax(x, axis) / temperature
