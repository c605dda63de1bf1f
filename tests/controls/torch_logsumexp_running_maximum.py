"""logsumexp in blocks of 32 with a running maximum, which autograd differentiates through."""

import torch

BACKEND = "torch"


def finite(m):
    return torch.where(m == -torch.inf, 0.0, m)


def logsumexp(x, axis=-1):
    rows = x.movedim(axis, -1).to(torch.promote_types(x.dtype, torch.float32))
    m = torch.full(rows.shape[:-1], -torch.inf, dtype=rows.dtype)
    s = torch.zeros_like(m)
    for block in rows.split(32, -1):
        higher = torch.maximum(m, block.amax(-1)) if block.numel() else m
        shift = finite(higher)
        s = s * torch.exp(m - shift) + torch.exp(block - shift[..., None]).sum(-1)
        m = higher
    return torch.where(torch.isfinite(m), m + s.log(), m).to(x.dtype)
