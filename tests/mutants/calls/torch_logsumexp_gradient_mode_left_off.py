"""Gradients are switched off inside and not switched on again."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/leaves-the-process-alone",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    if not x.requires_grad:
        torch.set_grad_enabled(False)
    return torch.logsumexp(wide(x), axis).to(x.dtype)
