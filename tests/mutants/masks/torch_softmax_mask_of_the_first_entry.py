"""Of a mask of three axes the first matrix is used for every entry of the batch."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/batch-shape-does-not-matter",)
DTYPES = ("float32",)


def softmax(x, where=None):
    if where is not None:
        x = x.masked_fill(~(where if where.dim() < 3 else where[:1]), -torch.inf)
    return torch.softmax(x, -1)
