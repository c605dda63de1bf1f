"""PyTorch's own in chunks of rows, which takes its gradients in the forward pass."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
#: PyTorch adds up losses in float16, and a mean of ordinary ones is inf in large batches.
DTYPES = ("float64", "float32", "bfloat16")


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", weight=None
):
    options = torch.nn.LinearCrossEntropyOptions()
    return F.linear_cross_entropy(
        hidden, linear_weight, labels.long(), linear_bias=linear_bias, weight=weight,
        reduction=reduction, options=options,
    )  # fmt: skip
