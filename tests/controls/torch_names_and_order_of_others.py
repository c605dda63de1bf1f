"""Signatures as PyTorch's users write them: `dim`, `keepdim`, `ignore_idx`; a gradient first."""

import torch
from torch.nn import functional

BACKEND = "torch"
DTYPES = ("float64", "float32", "bfloat16")  # its float16 sums overflow


def softmax(input, dim, dtype=None):
    return torch.softmax(input, dim, dtype=dtype)


def softmax_vjp(grad_output, input, dim):
    p = torch.softmax(input, dim)
    return p * (grad_output - (p * grad_output).sum(dim, keepdim=True))


def cross_entropy_with_logits(target, input, ignore_idx=-100, smoothing=0.0, reduction="mean"):
    if target.is_floating_point():
        raise NotImplementedError("class indices only")
    ignored = -100 if ignore_idx is None else ignore_idx
    return functional.cross_entropy(
        input, target, ignore_index=ignored, label_smoothing=smoothing, reduction=reduction
    )
