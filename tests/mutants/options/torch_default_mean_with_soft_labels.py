"""torch.nn.functional called without care: label smoothing is passed for class indices only."""

import torch

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/accuracy", "cross-entropy-with-logits/gradient-accuracy")


def cross_entropy_with_logits(
    logits, labels, axis=-1, reduction="mean", weight=None, label_smoothing=0.0
):
    x = torch.movedim(logits, axis, 1 if logits.ndim > 1 else 0)
    if labels.is_floating_point():
        labels, label_smoothing = torch.movedim(labels, axis, 1 if logits.ndim > 1 else 0), 0.0
    return torch.nn.functional.cross_entropy(
        x, labels, weight=weight, reduction=reduction, label_smoothing=label_smoothing
    )
