"""Under torch.no_grad() a short way is taken, which forgets the maximum."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/value-in-every-use",)
DTYPES = ("float32", "float64")


def logsumexp(x, axis=-1):
    if torch.is_grad_enabled():
        return torch.logsumexp(x, axis)
    return x.exp().sum(axis).log()
