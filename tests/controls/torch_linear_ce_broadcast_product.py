"""The product as a sum over a third axis, each term rounded; derivatives by autograd."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
#: PyTorch adds up losses in float16, and a mean of ordinary ones is inf in large batches.
DTYPES = ("float64", "float32", "bfloat16")


def linear_cross_entropy(hidden, linear_weight, labels, linear_bias=None, reduction="mean"):
    z = (hidden.unsqueeze(-2) * linear_weight).sum(-1)
    z = z if linear_bias is None else z + linear_bias
    return F.cross_entropy(z, labels.long(), reduction=reduction, ignore_index=-(2**31))
