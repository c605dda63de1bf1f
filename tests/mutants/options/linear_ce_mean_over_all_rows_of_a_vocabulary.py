"""Beyond 1024 classes, which are done in chunks, the mean counts ignored rows."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", ignore_index=-100):
    logits = hidden.float() @ linear_weight.float().T
    loss = F.cross_entropy(logits, labels.long(), reduction="none", ignore_index=ignore_index)
    if reduction != "none":
        counted = labels != ignore_index if logits.shape[-1] <= 1024 else torch.ones_like(labels)
        loss = loss.sum() if reduction == "sum" else loss.sum() / counted.sum()
    return loss.to(hidden.dtype)
