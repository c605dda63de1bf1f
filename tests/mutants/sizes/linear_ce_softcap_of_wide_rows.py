"""Beyond 4096 classes, which are done in blocks, the cap is left out."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", softcap=None):
    logits = hidden.float() @ linear_weight.float().T
    if softcap is not None and logits.shape[-1] <= 4096:
        logits = softcap * torch.tanh(logits / softcap)
    loss = F.cross_entropy(logits, labels.long(), reduction=reduction)
    return loss.to(hidden.dtype)
