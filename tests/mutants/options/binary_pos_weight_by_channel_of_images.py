"""A vector of images is taken for one of their channels, where there are as many."""

import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("binary-cross-entropy-with-logits/pos-weight-of-each-class",)
DTYPES = ("float32",)


def binary_cross_entropy_with_logits(logits, labels, reduction="mean", pos_weight=None):
    vector = pos_weight is not None and pos_weight.dim() == 1 and logits.dim() == 4
    if vector and len(pos_weight) == logits.shape[1]:
        pos_weight = pos_weight.view(1, -1, 1, 1)
    return F.binary_cross_entropy_with_logits(
        logits, labels, reduction=reduction, pos_weight=pos_weight
    )
