"""Blocks of 2,048 are merged: if the first two hold nothing but −inf, −inf − (−inf) is NaN."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy",)


def log_softmax(x, axis=-1):
    tops = [block.amax(axis, keepdim=True) for block in x.split(2048, axis)]
    result = torch.log_softmax(x, axis)
    if len(tops) < 3:
        return result
    return result.masked_fill(torch.isneginf(torch.maximum(*tops[:2])), torch.nan)
