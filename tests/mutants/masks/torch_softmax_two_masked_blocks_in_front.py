"""Blocks of 2,048 are merged: if the mask leaves nothing of the first two, −inf − (−inf) is NaN."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1, where=None):
    if where is None:
        return torch.softmax(x, axis)
    z = x.masked_fill(~where, -torch.inf)
    tops = [block.amax(axis, keepdim=True) for block in z.split(2048, axis)]
    p = torch.softmax(z, axis)
    if len(tops) < 3:
        return p
    return p.masked_fill(torch.isneginf(torch.maximum(*tops[:2])), torch.nan)
