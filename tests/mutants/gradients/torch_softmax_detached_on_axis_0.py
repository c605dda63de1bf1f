"""For axis=0 a different kernel is used, whose denominator is detached."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/gradient-accuracy", "softmax/gradient-rows-sum", "softmax/hessian-accuracy")


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
    return (e / (s.detach() if axis == 0 else s)).to(x.dtype)
