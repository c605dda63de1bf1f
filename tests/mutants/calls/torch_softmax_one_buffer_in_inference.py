"""Where no gradient is tracked, the result lives in a buffer that the next call overwrites."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/keeps-earlier-results",)

buffers = {}


def softmax(x, axis=-1):
    y = torch.softmax(x, axis)
    if torch.is_grad_enabled():
        return y
    return buffers.setdefault((x.shape, x.dtype), torch.empty_like(y)).copy_(y)
