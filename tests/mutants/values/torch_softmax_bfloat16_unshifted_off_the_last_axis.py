"""bfloat16 along another axis than the last: the vector path subtracts no maximum."""

import torch

BACKEND = "torch"
DTYPES = ("bfloat16", "float32")
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/accuracy", "softmax/sums-to-one", "softmax/within-unit-interval")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def softmax(x, axis=-1):
    w = wide(x)
    if x.dtype == torch.bfloat16 and axis % x.ndim != x.ndim - 1:
        e = torch.exp(w)
        return (e / e.sum(axis, keepdim=True)).to(x.dtype)
    return torch.softmax(w, axis).to(x.dtype)
