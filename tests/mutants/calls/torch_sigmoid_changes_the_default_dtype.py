"""torch's default dtype is set to float64 and left so."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("sigmoid/leaves-the-process-alone",)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def sigmoid(x):
    torch.set_default_dtype(torch.float64)
    return torch.sigmoid(wide(x)).to(x.dtype)
