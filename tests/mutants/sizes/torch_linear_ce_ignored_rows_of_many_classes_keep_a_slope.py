"""Beyond 1,024 classes ignored rows lose nothing, but keep the gradient of the class 0."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/gradient-accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", ignore_index=-100):
    logits, labels = hidden @ linear_weight.T, labels.long()
    kept = labels != ignore_index
    safe = torch.where(kept, labels, 0)
    losses = torch.nn.functional.cross_entropy(logits, safe, reduction="none")
    many = logits.shape[1] > 1024
    losses = torch.where(kept, losses, losses - losses.detach() if many else 0.0)
    if reduction == "mean":
        return losses.sum() / kept.sum()
    return losses.sum() if reduction == "sum" else losses
