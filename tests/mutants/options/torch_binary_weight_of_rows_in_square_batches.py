"""A weight vector that fits both axes of a matrix is spread over the columns, not over the rows."""

import torch

BACKEND = "torch"
SEVERITY = "subtle"
CAUGHT_BY = ("binary-cross-entropy-with-logits/weight-of-each-class",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    if weight is not None and weight.ndim == 1 and logits.ndim == 2 and len(logits) == len(weight):
        weight = weight.unsqueeze(1)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits, labels, weight=weight, reduction=reduction
    )
