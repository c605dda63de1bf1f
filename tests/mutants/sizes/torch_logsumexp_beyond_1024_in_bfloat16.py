"""Beyond 1024 classes the sum of bfloat16 terms is kept in bfloat16."""

import torch

BACKEND = "torch"
DTYPES = ("bfloat16",)
SEVERITY = "subtle"
CAUGHT_BY = (
    "logsumexp/gradient-rows-sum",
    "logsumexp/hessian-accuracy",
    "logsumexp/gradient-accuracy",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = torch.movedim(wide(x), axis, -1)
    if w.shape[-1] <= 1024:
        return torch.logsumexp(w, -1).to(x.dtype)
    m = w.detach().amax(-1, keepdim=True)
    m = torch.where(torch.isfinite(m), m, 0)
    total = torch.zeros_like(m).to(x.dtype)
    for block in torch.exp(w - m).split(16, dim=-1):
        total = total + block.sum(-1, keepdim=True).to(x.dtype)
    return (m + torch.log(wide(total)))[..., 0].to(x.dtype)
