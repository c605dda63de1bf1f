"""pos_weight multiplies the label before it is smoothed, and not the s/2 that it is given."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = (
    "binary-cross-entropy-with-logits/accuracy",
    "binary-cross-entropy-with-logits/smoothing-is-a-soft-label",
)


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", weight=None, pos_weight=None, label_smoothing=0.0
):
    s = label_smoothing
    if pos_weight is not None:
        weight = torch.ones_like(logits) if weight is None else weight.expand_as(logits)
        heavy = pos_weight * labels * (1 - s) + s / 2
        losses = -heavy * F.logsigmoid(logits) - ((1 - labels) * (1 - s) + s / 2) * F.logsigmoid(
            -logits
        )
        losses = weight * losses
        return losses if reduction == "none" else getattr(losses, reduction)()
    labels = labels * (1 - s) + s / 2
    return F.binary_cross_entropy_with_logits(
        logits, labels, weight=weight, pos_weight=pos_weight, reduction=reduction
    )
