"""Without a gradient to come, log(sigmoid(x)) is thought to be good enough."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-sigmoid/accuracy", "log-sigmoid/finite-stays-finite")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def log_sigmoid(x):
    w = wide(x)
    if not (torch.is_grad_enabled() and x.requires_grad):
        return torch.log(torch.sigmoid(w)).to(x.dtype)
    return torch.nn.functional.logsigmoid(w).to(x.dtype)
