"""Weights, and an ignored label, that are other than neutral unless they are given."""

import torch
from torch.nn import functional

BACKEND = "torch"
DTYPES = ("float64", "float32")


def binary_cross_entropy_with_logits(
    logits, labels, reduction="mean", pos_weight=torch.tensor(3.0)
):
    rare = None if pos_weight is None else pos_weight.to(logits.dtype)
    return functional.binary_cross_entropy_with_logits(
        logits, labels, pos_weight=rare, reduction=reduction
    )


def cross_entropy_with_logits(logits, labels, ignore_index, reduction):
    if labels.is_floating_point():
        raise NotImplementedError("class indices only")
    return functional.cross_entropy(
        logits, labels, ignore_index=int(ignore_index), reduction=reduction
    )


def nll_loss(log_probs, target, ignore_label=255):
    return functional.nll_loss(log_probs, target, ignore_index=ignore_label)
