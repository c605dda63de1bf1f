"""Where no gradient is tracked (torch.no_grad) the short way has no temperature."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/value-in-every-use",)
DTYPES = ("float32",)


def softmax(x, axis=-1, temperature=1.0):
    if not torch.is_grad_enabled():
        return torch.softmax(x, axis)
    return torch.softmax(x / temperature, axis)
