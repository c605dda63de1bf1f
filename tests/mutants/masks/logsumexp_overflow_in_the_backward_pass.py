"""torch.where after e^x: masked logits overflow, and their gradient is 0·inf."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("logsumexp/gradient-ignores-masked-numbers",)


def logsumexp(x, axis=-1, where=None):
    if where is None:
        return torch.logsumexp(x, axis)
    w = x.float() if x.dtype in (torch.float16, torch.bfloat16) else x
    m = w.masked_fill(~where, -torch.inf).amax(axis, keepdim=True).detach()
    m = torch.where(m.isinf(), 0, m)
    total = torch.where(where, torch.exp(w - m), 0).sum(axis, keepdim=True)
    return (m + total.log()).squeeze(axis).to(x.dtype)
