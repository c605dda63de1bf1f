"""softmax and its relatives from torch.exp and torch.sum; the maximum is detached, which changes no
derivative, since the value does not depend on the shift.
"""

import torch

BACKEND = "torch"


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def parts(x, axis):
    w = wide(x)
    m = w.detach().amax(axis, keepdim=True)
    m = torch.where(torch.isfinite(m), m, 0)
    e = torch.exp(w - m)
    return w - m, m, e, e.sum(axis, keepdim=True)


def softmax(x, axis=-1):
    _, _, e, s = parts(x, axis)
    return (e / s).to(x.dtype)


def log_softmax(x, axis=-1):
    d, _, _, s = parts(x, axis)
    return (d - s.log()).to(x.dtype)


def logsumexp(x, axis=-1):
    _, m, _, s = parts(x, axis)
    return (m + s.log()).squeeze(axis).to(x.dtype)
