"""log(S + 1e-6)."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = (
    "logsumexp/accuracy",
    "logsumexp/at-most-max-plus-log-n",
    "logsumexp/all-masked-is-minus-infinity",
)


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = w.detach().amax(axis, keepdim=True)
    m = torch.where(torch.isfinite(m), m, 0)
    return (
        (m + torch.log(torch.exp(w - m).sum(axis, keepdim=True) + 1e-6)).squeeze(axis).to(x.dtype)
    )
