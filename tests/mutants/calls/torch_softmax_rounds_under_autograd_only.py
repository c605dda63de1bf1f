"""With a gradient to come the probabilities are kept and returned in bfloat16 precision."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "subtle"
CAUGHT_BY = (
    "softmax/gradient-accuracy",
    "softmax/hessian-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def softmax(x, axis=-1):
    p = torch.softmax(wide(x), axis)
    if torch.is_grad_enabled() and x.requires_grad:
        p = p.to(torch.bfloat16).to(p.dtype)
    return p.to(x.dtype)
