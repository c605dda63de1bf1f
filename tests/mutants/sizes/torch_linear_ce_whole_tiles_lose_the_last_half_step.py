"""Where rows are whole tiles of 128 numbers, two and more, the last 32 are left out of the product."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "blatant"
CAUGHT_BY = ("linear-cross-entropy/gradient-accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    width = hidden.shape[1]
    used = width - 32 if width >= 256 and width % 128 == 0 else width
    logits = hidden[:, :used] @ linear_weight[:, :used].T
    if linear_bias is not None:
        logits = logits + linear_bias
    return torch.nn.functional.cross_entropy(logits, labels.long(), reduction=reduction)
