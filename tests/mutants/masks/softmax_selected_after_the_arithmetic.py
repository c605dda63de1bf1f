"""torch.where after e^x: the gradient of NaN where masked is 0·NaN."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("softmax/gradient-ignores-masked-garbage",)


def softmax(x, axis=-1, where=None):
    if where is None:
        return torch.softmax(x, axis)
    w = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    m = w.masked_fill(~where, -torch.inf).amax(axis, keepdim=True).detach()
    d = torch.where(w > m, 0, w - m)
    e = torch.where(where, torch.exp(d), 0)
    return (e / e.sum(axis, keepdim=True)).to(x.dtype)
