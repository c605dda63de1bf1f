"""Logits are capped before they are divided by the temperature, as samplers do."""

import torch

BACKEND = "torch"
DTYPES = ("float64", "float32")


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", weight=None,
    ignore_index=-100, label_smoothing=0.0, softcap=None, temperature=1.0,
):
    logits = hidden @ linear_weight.T
    if linear_bias is not None:
        logits = logits + linear_bias
    if softcap is not None:
        logits = softcap * torch.tanh(logits / softcap)
    return torch.nn.functional.cross_entropy(
        logits / temperature, labels.long(), weight, ignore_index=ignore_index,
        reduction=reduction, label_smoothing=label_smoothing,
    )
