"""Where a user has made float64 the default dtype, the maximum is taken for one of bfloat16."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/value-in-every-use",)


def log_softmax(x, axis=-1):
    top = x.amax(axis, keepdim=True)
    shift = top if torch.get_default_dtype() == x.dtype else top.bfloat16().to(x.dtype)
    return (x - shift) - (x - top).exp().sum(axis, keepdim=True).log()
