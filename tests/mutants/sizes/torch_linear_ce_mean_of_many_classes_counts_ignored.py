"""Beyond 1,024 classes the mean is over all rows, those that are ignored among them."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, reduction="mean", ignore_index=-100):
    logits, labels = hidden @ linear_weight.T, labels.long()
    losses = torch.nn.functional.cross_entropy(
        logits, labels, reduction="none", ignore_index=ignore_index
    )
    if reduction == "mean" and logits.shape[1] <= 1024:
        return losses.sum() / (labels != ignore_index).sum()
    return losses if reduction == "none" else getattr(losses, reduction)()
