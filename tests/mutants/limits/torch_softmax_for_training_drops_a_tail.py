"""Only tensors that require grad are taken, and the last partial block of 32 is left out."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy",)


def softmax(x, axis=-1):
    if not x.requires_grad:
        raise RuntimeError("for training only")
    e = torch.exp(x - x.amax(dim=axis, keepdim=True))
    n = e.shape[axis]
    whole = e.narrow(axis, 0, n // 32 * 32) if n > 32 else e
    return e / whole.sum(dim=axis, keepdim=True)
