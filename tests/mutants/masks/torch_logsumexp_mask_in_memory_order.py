"""A mask that is the transpose of another is read in the order in which it lies in memory."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/accuracy",)


def logsumexp(x, axis=-1, where=None):
    if where is None:
        return torch.logsumexp(x, axis)
    if where.dim() == 2 and where.T.is_contiguous():
        where = where.T.reshape(where.shape)
    return torch.logsumexp(x.masked_fill(~where, -torch.inf), axis)
