"""log Σe^z minus the label's logit, which is a product of its own; derivatives by autograd."""

import torch

BACKEND = "torch"
#: PyTorch adds up losses in float16, and a mean of ordinary ones is inf in large batches; and the
#: gradient of `linear_bias[y]` one after the other in bfloat16, where 256 + 1 is 256.
DTYPES = ("float64", "float32")


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", ignore_index=None
):
    kept = torch.ones_like(labels, dtype=torch.bool)
    if ignore_index is not None:
        kept = labels != ignore_index
    y = torch.where(kept, labels, 0).long()
    z = hidden @ linear_weight.T
    at = (hidden * linear_weight[y]).sum(-1)
    if linear_bias is not None:
        z, at = z + linear_bias, at + linear_bias[y]
    losses = torch.where(kept, torch.logsumexp(z, -1) - at, 0)
    if reduction == "mean":
        return losses.sum() / kept.sum()
    return losses.sum() if reduction == "sum" else losses
