"""A mask (B, 1, 1, T) expanded to all heads and queries is taken for one that all batches share."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/a-mask-is-shared",)


def softmax(x, axis=-1, where=None):
    if where is None:
        return torch.softmax(x, axis)
    if where.dim() == 4 and 0 in where.stride()[1:3]:
        where = where[:1]
    return torch.softmax(x.masked_fill(~where, -torch.inf), axis)
