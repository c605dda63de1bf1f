"""Where no graph can be made there is no shift by the maximum, as if logits were small there."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("log-softmax/value-in-every-use",)


def log_softmax(x, axis=-1):
    z = x.float() if x.element_size() == 2 else x
    if torch.is_inference_mode_enabled():
        return (z - z.exp().sum(axis, keepdim=True).log()).to(x.dtype)
    return torch.log_softmax(z, axis).to(x.dtype)
