"""With two batch axes the sum runs over the last batch axis too."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("log-softmax/accuracy", "log-softmax/exp-sums-to-one", "log-softmax/never-positive")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def log_softmax(x, axis=-1):
    w = wide(x)
    if w.ndim < 3:
        return torch.log_softmax(w, axis).to(x.dtype)
    over = (axis, axis - 1 if axis % w.ndim == w.ndim - 1 else axis)
    d = w - w.detach().amax(axis, keepdim=True)
    total = torch.exp(d).sum(tuple({a % w.ndim for a in over}), keepdim=True)
    return (d - torch.log(total)).to(x.dtype)
