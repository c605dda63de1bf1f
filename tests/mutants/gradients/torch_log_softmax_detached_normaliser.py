"""The normaliser is detached: the gradient is g without its projection."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = (
    "log-softmax/gradient-accuracy",
    "log-softmax/gradient-rows-sum",
    "log-softmax/hessian-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def parts(x, axis):
    w = wide(x)
    m = w.detach().amax(axis, keepdim=True)
    m = torch.where(torch.isfinite(m), m, 0)
    e = torch.exp(w - m)
    return w - m, m, e, e.sum(axis, keepdim=True)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - s.log().detach()).to(x.dtype)
