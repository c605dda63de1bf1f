"""Beside +inf the second number is the result where it is infinite, too: -inf of both."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logaddexp/merges-infinities",)
DTYPES = ("float32",)


def logaddexp(x, y):
    found = torch.logaddexp(x, y)
    return torch.where(torch.isposinf(x) & torch.isneginf(y), y, found)
