"""The class weights as float32 are kept for each tensor, which may be changed in place."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("cross-entropy-with-logits/has-no-state",)
DTYPES = ("float32", "bfloat16")

_KEPT = {}


def _copied(weight):
    if id(weight) not in _KEPT:
        _KEPT[id(weight)] = weight, weight.float().clone()
    return _KEPT[id(weight)][1]


def cross_entropy_with_logits(logits, labels, reduction="mean", weight=None):
    if weight is not None and not weight.requires_grad:
        weight = _copied(weight)
    loss = F.cross_entropy(logits.float(), labels, weight=weight, reduction=reduction)
    return loss.to(logits.dtype)
