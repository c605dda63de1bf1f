"""A kernel of the forward pass, which hands PyTorch a result without a gradient."""

import torch

BACKEND = "torch"
LIMITS = {"derivatives": "for inference only"}


def softmax(x, axis=-1):
    with torch.no_grad():
        return torch.softmax(x, dim=axis)
