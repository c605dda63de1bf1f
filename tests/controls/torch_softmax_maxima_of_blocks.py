"""Softmax in blocks of 16, each shifted by its own maximum, which autograd differentiates through."""

import torch

BACKEND = "torch"


def finite(m):
    return torch.where(torch.isfinite(m), m, torch.where(m > 0, m, 0.0))


def softmax(x, axis=-1):
    if not x.numel():
        return x.clone()
    blocks = x.to(torch.promote_types(x.dtype, torch.float32)).split(16, axis)
    maxima = [b.amax(axis, keepdim=True) for b in blocks]
    terms = [torch.exp(b - finite(m)) for b, m in zip(blocks, maxima, strict=True)]
    top = torch.cat(maxima, axis).amax(axis, keepdim=True)
    scales = [torch.exp(m - top) for m in maxima]
    sums = [t.sum(axis, keepdim=True) * s for t, s in zip(terms, scales, strict=True)]
    whole = torch.cat(sums, axis).sum(axis, keepdim=True)
    parts = [t * s / whole for t, s in zip(terms, scales, strict=True)]
    return torch.cat(parts, axis).to(x.dtype)
