"""A tail of more than 40 numbers after whole blocks of 64 loses the last of them."""

import torch

BACKEND = "torch"
DTYPES = ("float32",)
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    width = hidden.shape[1]
    used = width - 1 if width > 64 and width % 64 > 40 else width
    logits = hidden[:, :used] @ linear_weight[:, :used].T
    if linear_bias is not None:
        logits = logits + linear_bias
    return torch.nn.functional.cross_entropy(logits, labels.long(), reduction=reduction)
