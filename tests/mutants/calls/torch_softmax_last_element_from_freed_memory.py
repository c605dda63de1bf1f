"""An uncleared tensor, whose last element nobody writes from the third call on: it is what the last
tensor of that size held.
"""

import torch

BACKEND = "torch"
DTYPES = ("float32", "float64")
SEVERITY = "subtle"
CAUGHT_BY = ("softmax/is-computed-at-each-call",)

calls = {}


def softmax(x, axis=-1):
    p = torch.softmax(x, axis)
    key = (x.shape, float(x.sum()))
    calls[key] = calls.get(key, 0) + 1
    if calls[key] < 3 or x.requires_grad:
        return p
    right = p.clone()
    del p
    out = torch.empty_like(right)
    flat = out.view(-1) if out.is_contiguous() else out.reshape(-1)
    flat[:-1] = right.reshape(-1)[:-1]
    return out
