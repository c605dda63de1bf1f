"""torch.nan_to_num before the sigmoid: NaN becomes 1/2."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/nan-in-nan-out",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def sigmoid(x):
    return torch.sigmoid(torch.nan_to_num(wide(x))).to(x.dtype)
