"""torch.log(torch.softmax(x))."""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = (
    "log-softmax/accuracy",
    "log-softmax/gradient-rows-sum",
    "log-softmax/zero-cotangent-gives-zero",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def log_softmax(x, axis=-1):
    return torch.log(torch.softmax(wide(x), axis)).to(x.dtype)
