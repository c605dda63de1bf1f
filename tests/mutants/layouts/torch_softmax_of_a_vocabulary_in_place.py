"""Without gradients, arrays of 2¹⁷ elements and more are exponentiated where they lie."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/leaves-arguments-alone",)
DTYPES = ("float32",)


def softmax(x, axis=-1):
    if x.requires_grad or x.numel() < 2**17:
        return torch.softmax(x, axis)
    result = torch.softmax(x, axis)
    x.sub_(x.amax(axis, keepdim=True)).exp_()
    return result
