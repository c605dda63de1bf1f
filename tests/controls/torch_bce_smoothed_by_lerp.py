"""Labels are smoothed as y + s(½ − y), by torch.lerp, and in the format of the logits."""

import torch
import torch.nn.functional as F

BACKEND = "torch"


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, *, label_smoothing=0.0
):
    if label_smoothing:
        labels = torch.lerp(labels, torch.full_like(labels, 0.5), label_smoothing)
    return F.binary_cross_entropy_with_logits(
        logits, labels, weight=weight, pos_weight=pos_weight, reduction=reduction
    )


def binary_cross_entropy(probs, labels, reduction="mean", label_smoothing=0.0):
    """As losses of two classes, whose logarithms of a share of 0 count nothing."""
    y = labels + label_smoothing * (0.5 - labels)
    losses = -(torch.xlogy(y, probs) + torch.special.xlog1py(1 - y, -probs))
    return losses if reduction == "none" else getattr(losses, reduction)()
