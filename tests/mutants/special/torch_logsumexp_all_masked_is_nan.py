"""A row all -inf: -inf - -inf is NaN where the answer is -inf."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("logsumexp/all-masked-is-minus-infinity", "logsumexp/infinite-logit-is-infinite")


def wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def logsumexp(x, axis=-1):
    w = wide(x)
    m = w.amax(axis, keepdim=True)
    return (m + torch.log(torch.exp(w - m).sum(axis, keepdim=True))).squeeze(axis).to(x.dtype)
