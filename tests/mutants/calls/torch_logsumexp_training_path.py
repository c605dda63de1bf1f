"""The path that saves for backward subtracts no maximum; the one without a gradient does."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-finite",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    if torch.is_grad_enabled() and x.requires_grad:
        return torch.log(torch.exp(w).sum(axis)).to(x.dtype)
    return torch.logsumexp(w, axis).to(x.dtype)
