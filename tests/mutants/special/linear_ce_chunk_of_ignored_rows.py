"""A chunk of 8 rows that are all ignored makes the mean NaN."""

import torch
import torch.nn.functional as F

BACKEND = "torch"
SEVERITY = "moderate"
CAUGHT_BY = ("linear-cross-entropy/accuracy",)
DTYPES = ("float32",)


def linear_cross_entropy(
    hidden, linear_weight, labels, linear_bias=None, reduction="mean", ignore_index=None
):
    logits, y = F.linear(hidden, linear_weight, linear_bias), labels.long()
    ignored = -(2**31) if ignore_index is None else ignore_index
    if reduction != "mean" or len(y) <= 8:
        return F.cross_entropy(logits, y, reduction=reduction, ignore_index=ignored)
    chunks = list(zip(logits.split(8), y.split(8), strict=True))
    means = [F.cross_entropy(z, c, ignore_index=ignored) for z, c in chunks]
    kept = torch.stack([(c != ignored).sum() for _, c in chunks])
    return (torch.stack(means) * kept).sum() / kept.sum()
