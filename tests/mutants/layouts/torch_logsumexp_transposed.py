"""A transposed matrix is reduced along its rows in memory, which are its columns."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/layout-does-not-matter",
    "logsumexp/gradient-layout-does-not-matter",
    "logsumexp/gradient-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    if w.ndim == 2 and x.stride(0) < x.stride(1) and axis % 2 == 1:
        w = w.t().reshape(w.shape)
    return torch.logsumexp(w, axis).to(x.dtype)
