"""The logits are clamped to ±15 to keep training stable."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/accuracy", "sigmoid/monotone", "sigmoid/hessian-accuracy")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def sigmoid(x):
    return torch.sigmoid(wide(x).clamp(-15, 15)).to(x.dtype)
