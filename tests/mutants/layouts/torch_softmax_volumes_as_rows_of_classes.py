"""Volumes (N, C, D, H, W) become rows without a transposition."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    if x.dim() != 5 or axis != 1:
        return torch.softmax(x, axis)
    return torch.softmax(x.reshape(len(x), -1, x.shape[1]), -1).reshape(x.shape)
