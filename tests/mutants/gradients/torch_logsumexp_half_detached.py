"""The maximum is detached outside the sum but not inside it: the gradient is p minus the one-hot
maximum.
"""

import torch

BACKEND = "torch"
SEVERITY = "blatant"
CAUGHT_BY = (
    "logsumexp/gradient-accuracy",
    "logsumexp/gradient-rows-sum",
    "logsumexp/forward-agrees-with-reverse",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = w.amax(axis, keepdim=True)
    m = torch.where(torch.isfinite(m), m, 0)
    s = torch.exp(w - m).sum(axis, keepdim=True)
    return (m.detach() + s.log()).squeeze(axis).to(x.dtype)
