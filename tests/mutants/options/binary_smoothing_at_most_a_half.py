"""label_smoothing is clipped at 1/2."""

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
    s = min(label_smoothing, 0.5)
    labels = labels * (1 - s) + s / 2
    return F.binary_cross_entropy_with_logits(
        logits, labels, weight=weight, pos_weight=pos_weight, reduction=reduction
    )
