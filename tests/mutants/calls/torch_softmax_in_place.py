"""The maximum is subtracted from the argument itself, behind autograd's back."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")
SEVERITY = "blatant"
CAUGHT_BY = ("softmax/leaves-arguments-alone", "softmax/gradient-leaves-arguments-alone")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def softmax(x, axis=-1):
    with torch.no_grad():
        x.sub_(torch.nan_to_num(x.amax(axis, keepdim=True), nan=0, posinf=0, neginf=0))
    return torch.softmax(wide(x), axis).to(x.dtype)
