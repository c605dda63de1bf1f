"""The result is cleaned by nan_to_num: a row with NaN has probabilities of 0."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "softmax/nan-fills-the-row",
    "softmax/nan-at-any-place",
)


def softmax(x, axis=-1):
    masked = torch.isneginf(x).all(axis, keepdim=True)
    return torch.where(masked, torch.softmax(x, axis), torch.softmax(x, axis).nan_to_num(0.0))
