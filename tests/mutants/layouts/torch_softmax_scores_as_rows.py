"""Scores of four axes (batch, heads, queries, keys) become a row for each head."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/batch-shape-does-not-matter",)
DTYPES = ("float32",)


def softmax(x):
    if x.dim() < 4:
        return torch.softmax(x, -1)
    rows = x.reshape(x.shape[0] * x.shape[1], -1)
    return torch.softmax(rows, -1).reshape(x.shape)
