"""A vector, as a sampler has, takes a path without the temperature."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1, temperature=1.0):
    if x.dim() == 1:
        return torch.log_softmax(x, 0)
    return torch.log_softmax(x / temperature, dim=axis)
